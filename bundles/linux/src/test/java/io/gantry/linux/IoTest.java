package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class IoTest {
  @Test
  void arraysAndBuffersOfEverySize() throws IOException {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    try (Temp temp = new Temp(); Fd file = temp.create("file", "")) {
      byte[] all = new byte[300_000];
      random.nextBytes(all);
      ByteBuffer direct = ByteBuffer.allocateDirect(100_000);
      for (int at = 0; at < all.length; ) {
        int n = Math.min(1 + random.nextInt(90_000), all.length - at);
        if (random.nextBoolean()) {
          file.write(all, at, n);
        } else {
          direct.clear().position(7).put(all, at, n).flip().position(7);
          file.write(direct);
          assertEquals(0, direct.remaining());
        }
        at += n;
      }
      assertArrayEquals(all, file.readAll(1 << 20), "seed " + seed);
      direct.clear().position(5).limit(1005);
      assertEquals(1000, file.pread(direct, 250_000));
      byte[] part = new byte[1000];
      direct.get(5, part);
      assertArrayEquals(java.util.Arrays.copyOfRange(all, 250_000, 251_000), part);
      direct.clear().limit(10);
      file.pwrite(direct, 1);
      byte[] two = new byte[2];
      assertEquals(2, Io.pread(file.raw(), two, 0, 2, 0));
      assertEquals(all[0], two[0]);
      assertEquals(0, Io.pread(file.raw(), two, 0, 2, 300_000));
      assertThrows(IllegalArgumentException.class, () -> file.write(ByteBuffer.allocate(1)));
      var e = assertThrows(ErrnoException.class, () -> file.readAll(1000));
      assertEquals(Errno.EFBIG, e.errno());
    }
  }

  @Test
  void sizesAndHoles() throws IOException {
    try (Temp temp = new Temp(); Fd file = temp.create("file", "head")) {
      file.truncate(1 << 20);
      file.allocate(0, 1 << 19, 4096);
      assertEquals(1 << 20, file.size());
      assertEquals(-Errno.ENXIO, Io.seek(file.raw(), 1 << 21, Io.SEEK_DATA));
      assertTrue(Io.seek(file.raw(), 1, Io.SEEK_HOLE) < 1 << 20);
      try (Fd copy = temp.create("copy", "")) {
        assertEquals(4, Io.copyRange(file.raw(), 0, copy.raw(), 10, 4));
        assertArrayEquals(b("\0\0\0\0\0\0\0\0\0\0head"), copy.readAll(100));
      }
      file.fdatasync();
      file.fsync();
      temp.fd.fsync();
    }
  }

  @Test
  void virtualThreadsDoNotPinWhileTheyWait() throws Exception {
    try (Temp temp = new Temp(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var names = new java.util.ArrayList<Future<String>>();
      for (int i = 0; i < 100; i++) {
        names.add(threads.submit(() -> {
          temp.fd.fsync();
          return Blocking.call(() -> Thread.currentThread().getName());
        }));
      }
      for (var n : names) assertTrue(n.get().startsWith("native-"), n.get());
      Future<Integer> failed = threads.submit(() -> {
        try {
          Blocking.call(() -> ErrnoException.check(Io.fsync(-1), "fsync"));
          return 0;
        } catch (ErrnoException e) {
          return e.errno();
        }
      });
      assertEquals(Errno.EBADF, failed.get());
    }
  }

  @Test
  void closedOnceAndForEver() throws IOException {
    Fd fd = Fd.open(Path.of("/"));
    Fd second = fd.dup();
    assertTrue(fd.stat().same(second.stat()));
    fd.close();
    fd.close();
    assertThrows(IllegalStateException.class, fd::stat);
    second.close();
  }
}
