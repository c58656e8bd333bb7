package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TreesTest {
  private Temp temp;

  @BeforeEach
  void open() throws IOException {
    temp = new Temp();
  }

  @AfterEach
  void close() throws IOException {
    for (Dirent d : temp.fd.list()) Trees.remove(temp.fd, d.name(), Budget.unlimited());
    temp.close();
  }

  private Fd folder(String name) throws IOException {
    temp.fd.mkdir(b(name), 0755);
    return temp.fd.open(b(name), Open.DIRECTORY, 0);
  }

  /** Random entries of every kind, in no encoding, with links among them. */
  private static void grow(Fd folder, Random random, int depth, List<byte[]> files, Fd top, byte[] path) throws IOException {
    int entries = 3 + random.nextInt(6) + (depth == 0 ? 6 : 0); // more than the largest slice
    for (int i = 0; i < entries; i++) {
      byte[] name = {(byte) ('a' + i), (byte) (0x80 + random.nextInt(0x7f)), '\n', (byte) ('0' + depth)};
      byte[] full = join(path, name);
      int uid = random.nextInt(70_000);
      switch (random.nextInt(depth < 4 ? 10 : 6)) {
        case 0 -> folder.symlink(new byte[] {'/', (byte) random.nextInt(1, 256)}, name);
        case 1 -> folder.mknod(name, Mode.CHARACTER | 0640, Mode.device(random.nextInt(3), random.nextInt(300)));
        case 2 -> folder.mkfifo(name, 0600);
        case 3 -> {
          if (!files.isEmpty()) assertEquals(0, At.link(top.raw(), files.get(random.nextInt(files.size())), folder.raw(), name, 0));
        }
        case 4, 5 -> {
          try (Fd f = folder.open(name, Open.CREAT | Open.EXCL | Open.RDWR, 0600)) {
            f.write(new byte[random.nextInt(3) * 5000 + 1]);
            if (random.nextInt(4) == 0) f.truncate(200_000 + random.nextInt(100_000));
            f.chown(uid, uid + 1);
            if (random.nextInt(3) == 0) f.xattr("security.capability", HexFormat.of().parseHex("0100000280000080000000000000000000000000"));
            f.chmod(random.nextInt(01000) | random.nextInt(8) << 9);
          }
          files.add(full);
        }
        default -> {
          folder.mkdir(name, 0700);
          try (Fd f = folder.open(name, Open.DIRECTORY, 0)) {
            grow(f, random, depth + 1, files, top, full);
            f.xattr("trusted.overlay.opaque", b("y"));
            f.chown(uid, uid);
            f.chmod(0700 | random.nextInt(0100) | 01000);
          }
        }
      }
      if (At.exists(folder.raw(), name) == 0) {
        assertEquals(0, At.utimes(folder.raw(), name, 5, 6, random.nextInt(), random.nextInt(1_000_000_000)));
      }
    }
  }

  private static byte[] join(byte[] path, byte[] name) {
    byte[] all = java.util.Arrays.copyOf(path, path.length + name.length + (path.length == 0 ? 0 : 1));
    if (path.length > 0) all[path.length] = '/';
    System.arraycopy(name, 0, all, all.length - name.length, name.length);
    return all;
  }

  /** Every attribute of every entry; files of several names by the first of them. */
  private static List<String> describe(Fd folder) throws IOException {
    List<String> lines = new ArrayList<>();
    describe(folder, "", lines, new java.util.HashMap<>());
    return lines;
  }

  private static void describe(Fd folder, String path, List<String> lines, java.util.Map<Long, String> several) throws IOException {
    List<Dirent> entries = new ArrayList<>(folder.list());
    entries.sort((x, y) -> java.util.Arrays.compare(x.name(), y.name()));
    line(path + "/", folder.stat(), Xattr.list(folder.raw()).stream().map(Names::show).toList().toString(), lines);
    for (Dirent d : entries) {
      Stat s = folder.stat(d.name());
      String name = path + "/" + d;
      if (s.isDirectory()) {
        try (Fd child = folder.open(d.name(), Open.DIRECTORY, 0)) {
          describe(child, name, lines, several);
        }
        continue;
      }
      String more = Xattr.list(folder.raw(), d.name()).stream().map(Names::show).toList().toString();
      if (s.nlink() > 1) more += " is " + several.computeIfAbsent(s.ino(), i -> name);
      if (s.isSymlink()) more += " to " + Names.show(folder.readlink(d.name()));
      if (s.isFile()) {
        try (Fd f = folder.open(d.name(), Open.RDONLY, 0)) {
          more += " data " + java.util.Arrays.hashCode(f.readAll(1 << 20)) + (s.blocks() * 512 < s.size() ? " sparse" : "");
        }
      }
      line(name, s, more, lines);
    }
  }

  private static void line(String name, Stat s, String more, List<String> lines) {
    lines.add(name + " " + Integer.toOctalString(s.mode()) + " " + s.uid() + ":" + s.gid() + " " + s.rdev() + " "
        + (s.isDirectory() ? 0 : s.size()) + " " + s.nlink() + " " + s.mtime() + "." + s.mtimeNanos() + " " + more);
  }

  @Test
  void aCopyInSlicesEqualsItsSource() throws IOException {
    Temp.root("owners and devices");
    for (long round = 0; round < 6; round++) {
      long seed = Long.getLong("seed", System.nanoTime()) + round;
      Random random = new Random(seed);
      try (Fd from = folder("from" + round); Fd to = folder("to" + round); Fd links = folder("links" + round)) {
        grow(from, random, 0, new ArrayList<>(), from, Names.EMPTY);
        from.chown(3, 4);
        from.utimes(1, 2, 3, 4);
        List<String> expected = describe(from);
        int slices = 1;
        while (!Trees.copy(from, to, links, Budget.entries(1 + random.nextInt(7)))) slices++;
        assertTrue(slices > 1, "slices");
        assertTrue(Trees.remove(temp.fd, b("links" + round), Budget.unlimited()));
        assertEquals(expected, describe(to), "seed " + seed);
        assertEquals(expected, describe(from), "the source is as it was; seed " + seed);
        Census one = new Census();
        assertTrue(one.count(to, Budget.unlimited()));
        Census many = new Census();
        while (!many.count(to, Budget.entries(1 + random.nextInt(7)))) many = Census.of(many.bytes());
        assertEquals(List.of(one.sizeBytes(), one.inodes()), List.of(many.sizeBytes(), many.inodes()), "seed " + seed);
        assertEquals(expected.stream().filter(l -> !l.matches("(?s).* is .*") || l.contains(" is " + l.substring(0, l.indexOf(' ')) + " "))
            .count(), one.inodes(), "seed " + seed);
      }
    }
  }

  @Test
  void aLargeFileIsCopiedInSlices() throws IOException {
    try (Fd from = folder("from"); Fd to = folder("to"); Fd links = folder("links")) {
      byte[] data = new byte[1 << 20];
      new Random(1).nextBytes(data);
      try (Fd f = from.open(b("large"), Open.CREAT | Open.RDWR, 0640)) {
        for (int i = 0; i < 40; i++) f.write(data);
      }
      int slices = 1;
      while (!Trees.copy(from, to, links, Budget.of(Duration.ZERO))) slices++;
      assertTrue(slices >= 2, slices + " slices of 8 MiB at least, unless the file system shares blocks");
      assertEquals(-1, Files.mismatch(temp.path.resolve("from/large"), temp.path.resolve("to/large")));
    }
  }

  @Test
  void aTreeDeeperThanAnyPathIsRemoved() throws IOException {
    Path at = temp.path;
    try (Fd top = folder("deep")) {
      Fd here = top.dup();
      for (int i = 0; i < 500; i++) {
        byte[] name = b("d".repeat(100));
        here.mkdir(name, 0755);
        here.open(b("file"), Open.CREAT, 0600).close();
        Fd next = here.open(name, Open.DIRECTORY, 0);
        here.close();
        here = next;
      }
      here.close();
    }
    int slices = 1;
    while (!Trees.remove(temp.fd, b("deep"), Budget.entries(100))) slices++;
    assertTrue(slices > 5, slices + " slices");
    assertFalse(Files.exists(at.resolve("deep")));
    assertTrue(Trees.remove(temp.fd, b("deep"), Budget.unlimited()), "what is not there is removed");
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    temp.create("kept", "x").close();
    temp.fd.mkdir(b("also"), 0755);
    try (Fd tree = folder("tree")) {
      tree.symlink(b("../kept"), b("file"));
      tree.symlink(b("../also"), b("folder"));
      tree.symlink(Names.of(temp.path), b("up"));
    }
    assertTrue(Trees.remove(temp.fd, b("tree"), Budget.unlimited()));
    assertEquals(2, temp.fd.list().size());
    assertThrows(ErrnoException.class, () -> Trees.remove(temp.fd, b("kept/x"), Budget.unlimited()));
  }

  @Test
  void removingManyTakesSlicesOfAboutTheirTime() throws IOException {
    try (Fd tree = folder("tree")) {
      for (int i = 0; i < 20_000; i++) At.mknod(tree.raw(), b("f" + i), Mode.FILE | 0600, 0);
    }
    long longest = 0;
    int slices = 0;
    for (boolean done = false; !done; slices++) {
      long start = System.nanoTime();
      done = Trees.remove(temp.fd, b("tree"), Budget.of(Duration.ofMillis(20)));
      longest = Math.max(longest, System.nanoTime() - start);
    }
    System.out.printf("20000 files removed in %d slices of 20 ms, the longest %d ms%n", slices, longest / 1_000_000);
    assertTrue(slices > 1);
  }
}
