package io.gantry.snapshot.copy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.kit.world.LossyDisk;
import io.gantry.linux.At;
import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Self;
import io.gantry.linux.Shelf;
import io.gantry.linux.Stat;
import io.gantry.linux.Trees;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CopiesTest {
  private static final String BOOT = "0badb007";
  private Path folder;
  private Path root;
  private Copies driver;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Self.isRoot(), "owners and devices need root");
    folder = Files.createTempDirectory("copies-test-").toRealPath();
    root = folder.resolve("root");
    reopen(BOOT);
  }

  private void reopen(String boot) throws IOException {
    if (driver != null) driver.close();
    Shelf shelf = Shelf.open(root);
    CopyComponent.check(shelf);
    driver = new Copies(shelf, boot);
  }

  @AfterEach
  void close() throws IOException {
    if (driver == null) return;
    driver.close();
    try (Fd above = Fd.open(folder.getParent(), Open.DIRECTORY, 0)) {
      Trees.remove(above, Names.of(folder.getFileName()), Budget.unlimited());
    }
  }

  private static Snap snap(SnapKind kind, String id, String... parents) {
    return new Snap(new SnapId(id), Arrays.stream(parents).map(SnapId::new).toList(), kind, Map.of(), 7);
  }

  private int create(String id, String... parents) throws IOException {
    int slices = 1;
    while (!driver.create(snap(SnapKind.ACTIVE, id, parents))) slices++;
    return slices;
  }

  private Usage seal(String id, String... parents) throws IOException {
    Optional<Usage> usage = Optional.empty();
    while (usage.isEmpty()) usage = driver.seal(snap(SnapKind.ACTIVE, id, parents));
    return usage.get();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aCopyIsAWholeTreeOfItsOwn() throws IOException {
    create("a");
    Path a = root.resolve("a/fs");
    Files.writeString(a.resolve("file"), "a");
    Files.createLink(a.resolve("link"), a.resolve("file"));
    try (Fd fs = Fd.open(a)) {
      fs.mknod(Names.of("null"), Mode.CHARACTER | 0666, Mode.device(1, 3));
      fs.chmod(01700);
      fs.chown(5, 6);
      fs.utimes(1, 2, 3, 4);
    }
    Usage first = seal("a");
    assertEquals(3, first.inodes());
    create("b", "a");
    Path b = root.resolve("b/fs");
    Files.writeString(b.resolve("file"), "b");
    assertEquals("b", Files.readString(b.resolve("link")), "hard links are hard links of the copy");
    assertEquals("a", Files.readString(a.resolve("link")));
    Files.delete(b.resolve("null"));
    assertEquals(2, seal("b", "a").inodes());
    create("c", "b", "a");
    assertEquals(List.of("file", "link"), names(root.resolve("c/fs")));
    assertEquals(List.of("fs", "parent"), names(root.resolve("c")));
    create("d", "a");
    try (Fd fs = Fd.open(root.resolve("d/fs"))) {
      Stat s = fs.stat();
      assertEquals(List.of(01700, 5, 6, 3L, 4), List.of(s.permissions(), s.uid(), s.gid(), s.mtime(), s.mtimeNanos()));
    }
    assertEquals(first, driver.usage(new SnapId("a")));
  }

  @Test
  void mountsAreBindsAndEqual() throws IOException {
    create("a");
    seal("a");
    create("b", "a");
    driver.create(snap(SnapKind.VIEW, "v", "a"));
    reopen(BOOT);
    assertEquals(List.of(new Mount("bind", root + "/b/fs", "", List.of("rw", "rbind"))), driver.mounts(snap(SnapKind.ACTIVE, "b", "a")));
    assertEquals(List.of(new Mount("bind", root + "/a/fs", "", List.of("ro", "rbind"))), driver.mounts(snap(SnapKind.VIEW, "v", "a")));
  }

  /** Another version goes on after each slice; a kill in between would look the same. */
  @Test
  void aCopyOfManyFilesGoesOnInAnotherVersion() throws IOException {
    create("a");
    try (Fd fs = Fd.open(root.resolve("a/fs"))) {
      for (int i = 0; i < 40; i++) {
        fs.mkdir(Names.of("d" + i), 0755);
        try (Fd d = fs.open(Names.of("d" + i), Open.DIRECTORY, 0)) {
          for (int j = 0; j < 50; j++) assertEquals(0, At.mknod(d.raw(), Names.of("f" + j), Mode.FILE | 0644, 0));
        }
      }
    }
    seal("a");
    int slices = 1;
    while (!driver.create(snap(SnapKind.ACTIVE, "b", "a"))) {
      assertEquals(List.of(new SnapId("a")), driver.list(Optional.empty(), 10), "not listed before it is whole");
      reopen(BOOT);
      slices++;
    }
    System.out.println("2000 files copied in " + slices + " slices");
    assertTrue(slices > 2, slices + " slices");
    assertEquals(2041, seal("b", "a").inodes());
    assertFalse(Files.exists(root.resolve("b/links")));
    int removals = 1;
    while (!driver.remove(new SnapId("b"))) removals++;
    assertTrue(removals >= 1);
    assertEquals(List.of(".version", "a"), names(root));
  }

  @Test
  void aCopyOfAnEarlierBootIsNotGoneOnWith() throws IOException {
    create("a");
    Files.writeString(root.resolve("a/fs/file"), "whole");
    seal("a");
    Path half = Files.createDirectories(root.resolve(".new-b." + BOOT + "/fs"));
    Files.writeString(half.resolve("file"), "");
    reopen("00000002");
    create("b", "a");
    assertEquals("whole", Files.readString(root.resolve("b/fs/file")));
  }

  @Test
  void whatIsNotThereOrNotPossible() throws IOException {
    assertThrows(NotFoundException.class, () -> create("b", "a"));
    assertEquals(List.of(".version"), names(root));
    assertThrows(NotFoundException.class, () -> driver.mounts(snap(SnapKind.ACTIVE, "b")));
    assertThrows(NotFoundException.class, () -> driver.seal(snap(SnapKind.ACTIVE, "b")));
    create("a");
    create("c");
    assertThrows(UnsupportedException.class, () -> seal("c", "a"));
    assertThrows(NotFoundException.class, () -> seal("c", "x"));
    driver.create(snap(SnapKind.VIEW, "v"));
    assertThrows(ConflictException.class, () -> driver.seal(snap(SnapKind.VIEW, "v")));
    assertTrue(driver.remove(new SnapId("nothing")));
    try (Fd fs = Fd.open(root.resolve("a/fs"))) {
      assertEquals(0755, fs.stat().permissions());
    }
  }

  @Test
  void whatWasSealedIsWholeAfterAPowerLoss() throws IOException {
    assumeTrue(LossyDisk.missing().isEmpty(), () -> LossyDisk.missing().orElse(""));
    try (LossyDisk disk = LossyDisk.make(folder, 64)) {
      root = disk.path().resolve("root");
      reopen(BOOT);
      create("a");
      byte[] bytes = new byte[300_000];
      Arrays.fill(bytes, (byte) 7);
      Files.write(Files.createDirectories(root.resolve("a/fs/usr/bin")).resolve("file"), bytes);
      Usage usage = seal("a");
      try (LossyDisk left = disk.afterPowerLoss()) {
        root = left.path().resolve("root");
        reopen("0badb008");
        assertEquals(List.of(new SnapId("a")), driver.list(Optional.empty(), 10));
        assertEquals(usage, seal("a"));
        assertEquals(-1, Arrays.mismatch(bytes, Files.readAllBytes(root.resolve("a/fs/usr/bin/file"))));
        driver.close();
        driver = null;
      }
    }
    root = folder.resolve("root");
    reopen(BOOT);
  }
}
