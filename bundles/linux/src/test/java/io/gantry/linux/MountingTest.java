package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MountingTest {
  private Temp temp;
  private Path target;

  @BeforeEach
  void open() throws IOException {
    Temp.root("mounting");
    temp = new Temp();
    target = Files.createDirectory(temp.path.resolve("a place")).toRealPath();
  }

  @AfterEach
  void close() throws IOException {
    if (temp == null) return;
    while (at(target).isPresent()) Mounting.unmount(target, Mounting.DETACH);
    temp.close();
  }

  private static Optional<MountInfo> at(Path path) throws IOException {
    return MountInfo.read().stream().filter(m -> m.isAt(path)).reduce((first, last) -> last);
  }

  @Test
  void tmpfsComesAndGoes() throws IOException {
    Mounting.mount("some thing", target, "tmpfs", Mounting.NOSUID | Mounting.NODEV, "size=1m,mode=0700");
    MountInfo info = at(target).orElseThrow();
    assertEquals("tmpfs", info.type());
    assertArrayEquals(b("some thing"), info.source());
    assertTrue(info.options().containsAll(List.of("rw", "nosuid", "nodev")));
    assertArrayEquals(b("1024k"), info.superOption("size").orElseThrow());
    assertFalse(info.readOnly());
    try (Fd fd = Fd.open(target)) {
      assertEquals(StatFs.TMPFS, StatFs.of(fd).type());
      assertEquals(1 << 20, StatFs.of(fd).blocks() * StatFs.of(fd).blockSize());
      assertEquals(info.id(), (int) fd.stat().mountId());
      var busy = assertThrows(ErrnoException.class, () -> Mounting.unmount(target, 0));
      assertEquals(Errno.EBUSY, busy.errno());
    }
    Mounting.unmount(target, 0);
    assertEquals(Optional.empty(), at(target));
    assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, () -> Mounting.unmount(target, 0)).errno());
  }

  @Test
  void optionsOverAPageAreRefusedInsteadOfCut() {
    var e = assertThrows(ErrnoException.class, () -> Mounting.mount("x", target, "tmpfs", 0, "size=1m," + "x".repeat(4096)));
    assertEquals(Errno.E2BIG, e.errno());
  }

  /** Forty folders with long names: over a page of options, which mount(2) could not take. */
  @Test
  void overlayOfFortyLowersByDescriptor() throws IOException {
    List<Path> lowers = new java.util.ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Path lower = Files.createDirectory(temp.path.resolve("lower-" + "x".repeat(120) + i));
      Files.writeString(lower.resolve("file-" + i), "of " + i);
      Files.writeString(lower.resolve("same"), "of " + i);
      lowers.add(lower);
    }
    Path upper = Files.createDirectory(temp.path.resolve("upper, with=odd:name"));
    Path work = Files.createDirectory(temp.path.resolve("work"));
    try (FsContext fs = FsContext.open("overlay"); Fd place = Fd.open(target)) {
      try {
        for (Path lower : lowers) fs.string("lowerdir+", Names.of(lower));
      } catch (ErrnoException e) {
        assumeTrue(e.errno() != Errno.EINVAL, "overlay here knows no lowerdir+ (Linux 6.8): " + e.getMessage());
        throw e;
      }
      try (Fd mount = fs.string("upperdir", Names.of(upper)).string("workdir", Names.of(work)).string("source", "over").mount(0)) {
        Mounting.move(mount, place);
      }
    }
    for (int i = 0; i < 40; i++) assertEquals("of " + i, Files.readString(target.resolve("file-" + i)));
    assertEquals("of 0", Files.readString(target.resolve("same")));
    Files.writeString(target.resolve("new"), "x");
    assertTrue(Files.exists(upper.resolve("new")));
    MountInfo info = at(target).orElseThrow();
    assertEquals("over", Names.show(info.source()));
    assertArrayEquals(Names.of(upper), info.superOption("upperdir").orElseThrow());
    assertEquals(40, info.superOptions("lowerdir+").size());
    Mounting.unmount(target, 0);
    Trees.remove(temp.fd, b("work"), Budget.unlimited()); // the kernel leaves work/work of mode 000
    for (Path p : lowers) Trees.remove(temp.fd, Names.of(p.getFileName()), Budget.unlimited());
    Trees.remove(temp.fd, Names.of(upper.getFileName()), Budget.unlimited());
  }

  @Test
  void theKernelsWordsAreInTheMessage() throws IOException {
    try (FsContext fs = FsContext.open("overlay")) {
      var e = assertThrows(ErrnoException.class, () -> fs.string("upperdir", "/nowhere/at/all"));
      assertTrue(e.getMessage().contains("/nowhere/at/all"), e.getMessage());
    }
    try (FsContext fs = FsContext.open("tmpfs")) {
      var e = assertThrows(ErrnoException.class, () -> fs.string("colour", "red"));
      assertEquals("set colour=red of tmpfs (e tmpfs: Unknown parameter 'colour'): EINVAL: invalid argument", e.getMessage());
    }
    assertEquals(Errno.ENODEV, assertThrows(ErrnoException.class, () -> FsContext.open("nosuchfs")).errno());
  }

  @Test
  void aReadOnlyCopyOfAFolder() throws IOException {
    Files.writeString(Files.createDirectory(temp.path.resolve("source")).resolve("file"), "x");
    try (Fd copy = Mounting.copyOf(temp.fd, b("source"), false); Fd place = Fd.open(target)) {
      Mounting.attributes(copy, false, Mounting.ATTR_RDONLY, 0, Mounting.PRIVATE);
      Mounting.move(copy, place);
    }
    assertEquals("x", Files.readString(target.resolve("file")));
    assertThrows(IOException.class, () -> Files.writeString(target.resolve("file"), "y"));
    assertTrue(at(target).orElseThrow().readOnly());
    assertEquals(Boolean.getBoolean("gantry.test.shared"), !at(target).orElseThrow().propagation().isEmpty(), "as the place it came to");
    Mounting.unmount(target, 0);
    Trees.remove(temp.fd, b("source"), Budget.unlimited());
  }

  @Test
  void nothingIsRemovedThroughAMount() throws IOException {
    Files.writeString(Files.createDirectory(temp.path.resolve("precious")).resolve("file"), "x");
    Path inner = Files.createDirectories(temp.path.resolve("tree/a/mountpoint"));
    Mounting.mount(temp.path.resolve("precious").toString(), inner, "none", Mounting.BIND, "");
    try {
      var e = assertThrows(ErrnoException.class, () -> Trees.remove(temp.fd, b("tree"), Budget.unlimited()));
      assertEquals(Errno.EBUSY, e.errno());
      assertEquals("x", Files.readString(temp.path.resolve("precious/file")));
    } finally {
      Mounting.unmount(inner, 0);
    }
    assertTrue(Trees.remove(temp.fd, b("tree"), Budget.unlimited()));
    Trees.remove(temp.fd, b("precious"), Budget.unlimited());
  }

  /** In the run "shared-root" all is shared: what is mounted is found with its peers, and taken away as a whole. */
  @Test
  void propagationIsAsTheRootHasIt() throws IOException {
    if (!Boolean.getBoolean("gantry.test.shared")) {
      Mounting.mount("x", target, "tmpfs", 0, "size=1m");
      Mounting.mount("none", target, "none", Mounting.SHARED, "");
      assertTrue(at(target).orElseThrow().propagation().getFirst().startsWith("shared:"), "one mount can be shared");
      Mounting.unmount(target, 0);
      return;
    }
    Mounting.mount("x", target, "tmpfs", 0, "size=1m");
    assertTrue(at(target).orElseThrow().propagation().getFirst().startsWith("shared:"), "the run has a shared root");
    Path inner = Files.createDirectory(target.resolve("inner"));
    Mounting.mount("y", inner, "tmpfs", 0, "size=1m");
    Path again = Files.createDirectory(temp.path.resolve("again"));
    Mounting.mount(target.toString(), again, "none", Mounting.BIND | Mounting.REC, "");
    Mounting.unmount(again.resolve("inner"), 0);
    assertEquals(Optional.empty(), at(inner), "an unmount goes to all peers");
    Mounting.unmount(again, 0);
    Mounting.unmount(target, 0);
  }

  @Test
  void linesOfMountinfo() throws IOException {
    byte[] text =
        Names.of(
            "36 35 98:0 /a\\040b /mnt\\0111\\134x rw,noatime shared:1 master:2 - overlay o\\040v rw,lowerdir=/x\\054y:/z,upperdir=/u\\075\n"
        + "1 1 0:1 / / ro - rootfs rootfs rw\n");
    List<MountInfo> all = MountInfo.parse(text);
    MountInfo m = all.get(0);
    assertEquals(List.of(36, 35), List.of(m.id(), m.parent()));
    assertEquals(List.of("98:0", "overlay", List.of("rw", "noatime"), List.of("shared:1", "master:2")),
        List.of(m.device(), m.type(), m.options(), m.propagation()));
    assertArrayEquals(b("/a b"), m.root());
    assertArrayEquals(b("/mnt\t1\\x"), m.target());
    assertArrayEquals(b("o v"), m.source());
    assertArrayEquals(b("/x,y:/z"), m.superOption("lowerdir").orElseThrow());
    assertArrayEquals(b("/u="), m.superOption("upperdir").orElseThrow());
    assertEquals(Optional.empty(), m.superOption("upper"));
    assertTrue(all.get(1).readOnly());
    assertEquals(List.of(), all.get(1).propagation());
    assertThrows(ErrnoException.class, () -> MountInfo.parse(b("36 35 98:0 / /mnt rw - ext4\n")));
  }
}
