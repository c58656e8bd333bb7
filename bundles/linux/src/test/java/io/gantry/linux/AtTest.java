package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AtTest {
  private static final byte[] RAW = {'a', (byte) 0xff, (byte) 0xc3, '\n'};
  private Temp temp;

  @BeforeEach
  void open() throws IOException {
    temp = new Temp();
  }

  @AfterEach
  void close() throws IOException {
    try (Dirents d = Dirents.of(temp.fd)) { // java.nio cannot remove names in no encoding
      while (d.next()) {
        if (At.unlink(temp.fd.raw(), d.name(), 0) == -Errno.EISDIR) At.unlink(temp.fd.raw(), d.name(), At.REMOVEDIR);
      }
    }
    temp.close();
  }

  @Test
  void namesAreBytes() throws IOException {
    temp.fd.mkdir(RAW, 0755);
    List<Dirent> all = temp.fd.list();
    assertEquals(1, all.size());
    assertArrayEquals(RAW, all.get(0).name());
    assertTrue(all.get(0).isDirectory());
    assertTrue(temp.fd.stat(RAW).isDirectory());
    assertEquals("a\\xff\\xc3\\x0a", all.get(0).toString());
  }

  @Test
  void namesThatCannotBe() {
    int fd = temp.fd.raw();
    assertEquals(-Errno.ENAMETOOLONG, At.mkdir(fd, b("x".repeat(300)), 0755));
    assertEquals(-Errno.ENAMETOOLONG, At.mkdir(fd, b("x/".repeat(10_000)), 0755));
    assertEquals(-Errno.EINVAL, At.mkdir(fd, b("a\0b"), 0755));
    assertEquals(-Errno.EINVAL, At.symlink(b("a\0b"), fd, b("x")));
    assertEquals(-Errno.ENOENT, At.mkdir(fd, Names.EMPTY, 0755));
    assertEquals(-Errno.EEXIST, At.mkdir(fd, Names.DOT, 0755));
    var e = assertThrows(ErrnoException.class, () -> temp.fd.open(b("nothing"), Open.RDONLY, 0));
    assertEquals("open 'nothing': ENOENT: no such file or folder", e.getMessage());
    assertEquals("ENOENT", e.name());
    assertEquals(io.gantry.api.NotFoundException.class, e.as("reading").getClass());
  }

  @Test
  void aLongestNameIsFine() throws IOException {
    byte[] name = b("n".repeat(255));
    temp.fd.mkdir(name, 0700);
    assertArrayEquals(name, temp.fd.list().get(0).name());
  }

  @Test
  void renameCanRefuseToReplace() throws IOException {
    temp.create("a", "1").close();
    temp.create("b", "2").close();
    int fd = temp.fd.raw();
    assertEquals(-Errno.EEXIST, At.rename(fd, b("a"), fd, b("b"), At.RENAME_NOREPLACE));
    assertEquals(0, At.rename(fd, b("a"), fd, b("b"), At.RENAME_EXCHANGE));
    try (Fd b = temp.fd.open(b("b"), Open.RDONLY, 0)) {
      assertArrayEquals(b("1"), b.readAll(10));
    }
    temp.fd.rename(b("a"), temp.fd, b("b"), 0);
    assertEquals(Optional.empty(), temp.fd.find(b("a")));
  }

  @Test
  void everyKindOfFile() throws IOException {
    Temp.root("making devices");
    int old = Libc.umask(0);
    try {
      temp.fd.mknod(b("null"), Mode.CHARACTER | 0666, Mode.device(1, 3));
      temp.fd.mknod(b("big"), Mode.BLOCK | 0600, Mode.device(4095, 1_048_575));
      temp.fd.mkfifo(b("fifo"), 0640);
    } finally {
      Libc.umask(old);
    }
    temp.fd.mknod(b("wh"), Mode.CHARACTER, 0);
    temp.fd.symlink(new byte[] {'/', (byte) 0xfe}, b("link"));
    assertEquals(Mode.CHARACTER | 0666, temp.fd.stat(b("null")).mode());
    assertEquals(Mode.device(1, 3), temp.fd.stat(b("null")).rdev());
    Stat big = temp.fd.stat(b("big"));
    assertEquals(List.of(4095L, 1_048_575L), List.of(Mode.major(big.rdev()), Mode.minor(big.rdev())));
    assertEquals(Mode.FIFO | 0640, temp.fd.stat(b("fifo")).mode());
    assertTrue(temp.fd.stat(b("wh")).isWhiteout());
    assertTrue(temp.fd.stat(b("link")).isSymlink());
    assertArrayEquals(new byte[] {'/', (byte) 0xfe}, temp.fd.readlink(b("link")));
    assertEquals(Optional.empty(), At.readlink(temp.fd.raw(), b("fifo")));
    assertEquals(-Errno.EINVAL, At.mknod(temp.fd.raw(), b("x"), Mode.CHARACTER, Mode.device(1L << 20, 0)));
  }

  @Test
  void attributesAreThoseOfTheNameItself() throws IOException {
    temp.create("file", "x").close();
    temp.fd.symlink(b("file"), b("link"));
    int fd = temp.fd.raw();
    assertEquals(-Errno.EOPNOTSUPP, At.chmod(fd, b("link"), 0600));
    assertEquals(0, At.chmod(fd, b("file"), 04751));
    assertEquals(Mode.FILE | 04751, temp.fd.stat(b("file")).mode());
    assertEquals(0, At.utimes(fd, b("link"), 1, 2, -3, 999_999_999));
    Stat link = temp.fd.stat(b("link"));
    assertEquals(List.of(1L, 2, -3L, 999_999_999), List.of(link.atime(), link.atimeNanos(), link.mtime(), link.mtimeNanos()));
    assertTrue(temp.fd.stat(b("file")).mtime() > 1_000_000_000);
    assertEquals(0, At.utimes(fd, b("link"), 0, At.UTIME_OMIT, 7, 8));
    assertEquals(1, temp.fd.stat(b("link")).atime());
    assertEquals(0, At.exists(fd, b("link")));
    assertEquals(-Errno.ENOENT, At.exists(fd, b("no")));
    assertEquals(-Errno.ENOTDIR, At.exists(fd, b("file/x")));
  }

  @Test
  void ownersAboveTwoToTheThirtyOne() throws IOException {
    Temp.root("giving files away");
    temp.create("file", "x").close();
    temp.fd.symlink(b("nowhere"), b("link"));
    int fd = temp.fd.raw();
    assertEquals(0, At.chown(fd, b("link"), 100_000, (int) 4_294_967_294L));
    Stat link = temp.fd.stat(b("link"));
    assertEquals(List.of(100_000L, 4_294_967_294L), List.of(Integer.toUnsignedLong(link.uid()), Integer.toUnsignedLong(link.gid())));
    assertEquals(0, temp.fd.stat(b("file")).uid());
  }

  @Test
  void hardLinks() throws IOException {
    try (Fd file = temp.create("file", "x"); Fd nameless = temp.fd.open(Names.DOT, Open.RDWR | Open.TMPFILE, 0600)) {
      temp.fd.link(b("file"), temp.fd, b("second"));
      nameless.write(b("late"));
      if (Libc.geteuid() == 0) nameless.linkInto(temp.fd, b("named"));
      assertEquals(2, file.stat().nlink());
      assertTrue(file.stat().same(temp.fd.stat(b("second"))));
    }
    assertEquals(-Errno.EPERM, At.link(temp.fd.raw(), Names.DOT, temp.fd.raw(), b("dir"), 0));
  }

  @Test
  void listingManyEntriesWhileRemovingThem() throws IOException {
    for (int i = 0; i < 3000; i++) assertEquals(0, At.mknod(temp.fd.raw(), b("some-longer-name-" + i), Mode.FILE | 0600, 0));
    int seen = 0;
    try (Dirents d = Dirents.of(temp.fd)) {
      while (d.next()) {
        assertEquals(Dirents.FILE, d.type());
        assertEquals(0, At.unlink(temp.fd.raw(), d.name(), 0));
        seen++;
      }
    }
    assertEquals(3000, seen);
    assertEquals(List.of(), temp.fd.list());
  }
}
