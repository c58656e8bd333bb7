package io.gantry.snapshot.overlay;

import static io.gantry.snapshot.overlay.Trial.snap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.linux.At;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Names;
import io.gantry.linux.Stat;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OverlayTest {
  private Trial t;

  @BeforeEach
  void open() throws IOException {
    t = new Trial();
  }

  @AfterEach
  void close() throws IOException {
    if (t != null) t.close();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void layersOverLayers() throws IOException {
    Path a = t.active("a");
    Files.writeString(a.resolve("kept"), "a");
    Files.writeString(a.resolve("gone"), "a");
    Files.writeString(Files.createDirectory(a.resolve("dir")).resolve("old"), "a");
    t.unmount(a);
    Usage first = t.seal("a");
    assertEquals(5, first.inodes());
    Path b = t.active("b", "a");
    Files.delete(b.resolve("gone"));
    Files.delete(b.resolve("dir/old"));
    Files.delete(b.resolve("dir"));
    Files.createDirectory(b.resolve("dir"));
    Files.writeString(b.resolve("kept"), "b");
    t.unmount(b);
    t.seal("b", "a");
    Path c = t.view("c", "b", "a");
    assertEquals(List.of("dir", "kept"), names(c));
    assertEquals(List.of(), names(c.resolve("dir")));
    assertEquals("b", Files.readString(c.resolve("kept")));
    assertThrows(IOException.class, () -> Files.writeString(c.resolve("new"), "x"));
    Path d = t.view("d", "a");
    assertEquals(List.of("dir", "gone", "kept"), names(d));
    assertEquals(first, t.driver.usage(new SnapId("a")));
    assertEquals(first, t.seal("a"), "sealed twice");
  }

  @Test
  void mountsAreEqualWhoeverAnswers() throws IOException {
    for (String id : List.of("a", "b")) t.driver.create(snap(SnapKind.ACTIVE, id));
    t.driver.create(snap(SnapKind.ACTIVE, "c", "b", "a"));
    t.driver.create(snap(SnapKind.VIEW, "v", "b", "a"));
    List<Mount> active = t.driver.mounts(snap(SnapKind.ACTIVE, "c", "b", "a"));
    List<Mount> view = t.driver.mounts(snap(SnapKind.VIEW, "v", "b", "a"));
    t.reopen();
    assertEquals(active, t.driver.mounts(snap(SnapKind.ACTIVE, "c", "b", "a")));
    assertEquals(view, t.driver.mounts(snap(SnapKind.VIEW, "v", "b", "a")));
    assertEquals(
        List.of("workdir=" + t.root + "/c/work", "upperdir=" + t.root + "/c/fs", "lowerdir=" + t.root + "/b/fs:" + t.root + "/a/fs"),
        active.getFirst().options().stream().filter(o -> !o.endsWith("=off")).toList());
    assertTrue(view.getFirst().options().contains("ro"));
    assertEquals(List.of(new Mount("bind", t.root + "/a/fs", "", List.of("rw", "rbind"))), t.driver.mounts(snap(SnapKind.ACTIVE, "a")));
  }

  @Test
  void parentsGivenAtTheSeal() throws IOException {
    Path a = t.active("a");
    Files.writeString(a.resolve("gone"), "a");
    try (Fd fs = Fd.open(a)) {
      fs.chown(3, 4);
      fs.chmod(01751);
      fs.xattr("user.x", Names.of("1"));
      fs.utimes(5, 0, 123, 456);
    }
    t.seal("a");
    Path b = t.active("b");
    try (Fd fs = Fd.open(b)) {
      fs.mknod(Names.of("gone"), Mode.CHARACTER, 0);
      fs.mknod(Names.of("new"), Mode.FILE | 0644, 0);
      fs.utimes(0, 0, 0, 0); // whoever writes a layer says so when it has no entry for the root
    }
    t.seal("b", "a");
    Path v = t.view("v", "b", "a");
    assertEquals(List.of("new"), names(v));
    try (Fd fs = Fd.open(v)) {
      Stat s = fs.stat();
      assertEquals(List.of(3, 4, 01751, 123L, 456), List.of(s.uid(), s.gid(), s.permissions(), s.mtime(), s.mtimeNanos()));
      assertEquals("1", Names.show(fs.xattr("user.x").orElseThrow()));
    }
    assertThrows(InvalidException.class, () -> {
      t.driver.create(snap(SnapKind.ACTIVE, "c", "b", "a"));
      t.driver.seal(snap(SnapKind.ACTIVE, "c", "a"));
    });
  }

  @Test
  void aRootThatWasWrittenIsKept() throws IOException {
    t.active("a");
    t.seal("a");
    Path b = t.active("b");
    try (Fd fs = Fd.open(b)) {
      fs.chmod(0711);
      fs.utimes(0, 0, 9, 9);
    }
    t.seal("b", "a");
    try (Fd fs = Fd.open(t.view("v", "b", "a"))) {
      assertEquals(0711, fs.stat().permissions());
      assertEquals(9, fs.stat().mtime());
    }
  }

  /** A layer's whiteouts without anything below are no devices to whoever looks. */
  @Test
  void aViewOfOneLayerShowsNoWhiteouts() throws IOException {
    Path a = t.active("a");
    try (Fd fs = Fd.open(a)) {
      fs.mknod(Names.of("nothing"), Mode.CHARACTER, 0);
    }
    t.seal("a");
    assertEquals(List.of(), names(t.view("v", "a")));
  }

  @Test
  void aHundredLayersAreMoreThanAPageOfOptions() throws IOException {
    List<String> parents = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String id = "layer-with-a-longer-name-" + i;
      t.driver.create(snap(SnapKind.ACTIVE, id, parents.toArray(String[]::new)));
      Files.writeString(t.root.resolve(id + "/fs/file-" + i), "x");
      parents.addFirst(id);
    }
    Path v = t.view("v", parents.toArray(String[]::new));
    assertTrue(String.join(",", t.driver.mounts(snap(SnapKind.VIEW, "v", parents.toArray(String[]::new))).getFirst().options())
        .length() > 4096);
    assertEquals(100, names(v).size());
    Path active = t.active("w", parents.toArray(String[]::new));
    Files.writeString(active.resolve("new"), "x");
    assertTrue(Files.exists(t.root.resolve("w/fs/new")));
  }

  @Test
  void rootsTakeOverFromTheNearestParent() throws IOException {
    Path a = t.active("a");
    try (Fd fs = Fd.open(a)) {
      assertEquals(0755, fs.stat().permissions());
      fs.chmod(0700);
      fs.utimes(1, 2, 3, 4);
    }
    t.seal("a");
    t.driver.create(snap(SnapKind.ACTIVE, "b", "a"));
    try (Fd fs = Fd.open(t.root.resolve("b/fs"))) {
      assertEquals(List.of(0700, 3L), List.of(fs.stat().permissions(), fs.stat().mtime()));
    }
  }

  @Test
  void whatIsNotThere() throws IOException {
    assertThrows(NotFoundException.class, () -> t.driver.create(snap(SnapKind.ACTIVE, "b", "a")));
    assertThrows(NotFoundException.class, () -> t.driver.mounts(snap(SnapKind.ACTIVE, "b")));
    assertThrows(NotFoundException.class, () -> t.driver.usage(new SnapId("b")));
    assertThrows(NotFoundException.class, () -> t.driver.seal(snap(SnapKind.ACTIVE, "b")));
    t.driver.create(snap(SnapKind.ACTIVE, "b"));
    assertThrows(NotFoundException.class, () -> t.driver.seal(snap(SnapKind.ACTIVE, "b", "a")));
    assertTrue(t.driver.remove(new SnapId("a")));
    t.driver.create(snap(SnapKind.VIEW, "v"));
    assertThrows(ConflictException.class, () -> t.driver.seal(snap(SnapKind.VIEW, "v")));
    assertEquals(List.of("b", "v"), t.driver.list(Optional.empty(), 10).stream().map(SnapId::value).toList());
  }

  @Test
  void listedInPages() throws IOException {
    List<SnapId> all = IntStream.range(0, 25).mapToObj(i -> new SnapId("s" + i)).sorted().toList();
    for (SnapId id : all) t.driver.create(snap(SnapKind.ACTIVE, id.value()));
    List<SnapId> seen = new ArrayList<>();
    for (List<SnapId> page = t.driver.list(Optional.empty(), 4); !page.isEmpty(); page = t.driver.list(Optional.of(seen.getLast()), 4)) {
      seen.addAll(page);
    }
    assertEquals(all, seen);
  }

  @Test
  void sealAndRemoveOfAManyFilesAreSlices() throws IOException {
    Path a = t.active("a");
    try (Fd fs = Fd.open(a)) {
      for (int i = 0; i < 20_000; i++) assertEquals(0, At.mknod(fs.raw(), Names.of("f" + i), Mode.FILE | 0644, 0));
    }
    t.unmount(a);
    int slices = 1;
    Optional<Usage> usage = t.driver.seal(snap(SnapKind.ACTIVE, "a"));
    while (usage.isEmpty()) {
      t.reopen(); // another version goes on each time
      usage = t.driver.seal(snap(SnapKind.ACTIVE, "a"));
      slices++;
    }
    assertEquals(20_001, usage.get().inodes());
    assertFalse(Files.exists(t.root.resolve("a/.census")));
    boolean done = t.driver.remove(new SnapId("a"));
    assertEquals(List.of(), t.driver.list(Optional.empty(), 10), "gone from the list at the first call");
    int removals = 1;
    for (; !done; removals++) {
      t.reopen();
      done = t.driver.remove(new SnapId("a"));
    }
    System.out.printf("20000 files: sealed in %d slices, removed in %d%n", slices, removals);
    assertEquals(List.of(".empty", ".probed", ".version"), names(t.root));
    assertTrue(removals > 1);
  }

  @Test
  void aFailedTryInTheSameEpochIsDoneAgain() throws IOException {
    Files.createDirectories(t.root.resolve(".new-a.7/fs/half"));
    Files.createSymbolicLink(t.root.resolve(".new-a.7/parent"), Path.of("../other"));
    Path a = t.active("a");
    assertEquals(List.of(), names(a));
    assertEquals(List.of("fs", "work"), names(t.root.resolve("a")));
  }

  @Test
  void aFolderOnOverlayfsIsRefusedInOneLine() throws IOException {
    t.driver.create(snap(SnapKind.ACTIVE, "a"));
    Path inside = t.active("b", "a");
    var e = assertThrows(UnsupportedException.class, () -> Probe.require(inside.resolve("root"), List.of()));
    assertTrue(e.getMessage().contains("try the snapshotter 'native'") && !e.getMessage().contains("\n"), e.getMessage());
    assertEquals(List.of(".empty", ".version"), names(inside.resolve("root")), "the trial was cleaned up");
    assertThrows(UnsupportedException.class, () -> Probe.require(t.folder.resolve("a:b"), List.of()));
  }

  @Test
  void anOptionThatTheKernelRefusesIsNamed() throws IOException {
    for (String wrong : List.of("bogus", "index=perhaps")) {
      var e = assertThrows(UnsupportedException.class, () -> Probe.require(t.root, List.of("index=off", wrong)));
      assertTrue(e.getMessage().startsWith("mount.options: ") && e.getMessage().contains("'" + wrong + "'"), e.getMessage());
      assertEquals(List.of(".empty", ".probed", ".version"), names(t.root), "the trial was cleaned up");
    }
    Probe.require(t.root, List.of("index=off", "noatime", "volatile")).close();
  }

  @Test
  void aLaterStateIsNotTouched() throws IOException {
    Files.delete(t.root.resolve(".version"));
    Files.createSymbolicLink(t.root.resolve(".version"), Path.of("2"));
    var e = assertThrows(ConflictException.class, () -> Probe.require(t.root, List.of()));
    assertTrue(e.getMessage().contains("state version 2"), e.getMessage());
  }
}
