package io.gantry.linux;

import java.io.IOException;
import java.util.Locale;

/** What each call of making a small file costs; a program, not a test: its figures stand in the readme. */
final class SmallFiles {
  private static final int FILES = 5000;
  private static final int ROUNDS = 5;
  private static final String[] CALLS = {"openat", "write 4 KiB", "fchown", "fchmod", "futimens", "close", "mkdirat", "statx", "unlinkat"};

  private SmallFiles() {}

  public static void main(String[] args) throws IOException {
    long[] best = new long[CALLS.length];
    java.util.Arrays.fill(best, Long.MAX_VALUE);
    byte[] data = new byte[4096];
    for (int round = 0; round < ROUNDS; round++) {
      try (Temp temp = new Temp()) {
        long[] spent = new long[CALLS.length];
        int dir = temp.fd.raw();
        for (int i = 0; i < FILES; i++) {
          byte[] name = Names.of("file-" + i);
          long t0 = System.nanoTime();
          int fd = ok(At.open(dir, name, Open.WRONLY | Open.CREAT | Open.EXCL, 0644));
          long t1 = System.nanoTime();
          ok((int) Io.write(fd, data, 0, data.length));
          long t2 = System.nanoTime();
          ok(Io.chown(fd, 0, 0));
          long t3 = System.nanoTime();
          ok(Io.chmod(fd, 0755));
          long t4 = System.nanoTime();
          ok(Io.utimes(fd, 1, 2, 3, 4));
          long t5 = System.nanoTime();
          ok(Io.close(fd));
          long t6 = System.nanoTime();
          ok(At.mkdir(dir, Names.of("dir-" + i), 0755));
          long t7 = System.nanoTime();
          At.stat(dir, name);
          long t8 = System.nanoTime();
          long[] t = {t0, t1, t2, t3, t4, t5, t6, t7, t8};
          for (int k = 0; k < 8; k++) spent[k] += t[k + 1] - t[k];
        }
        long start = System.nanoTime();
        for (int i = 0; i < FILES; i++) ok(At.unlink(dir, Names.of("file-" + i), 0));
        spent[8] = System.nanoTime() - start;
        for (int i = 0; i < FILES; i++) ok(At.unlink(dir, Names.of("dir-" + i), At.REMOVEDIR));
        for (int k = 0; k < best.length; k++) best[k] = Math.min(best[k], spent[k]);
      }
    }
    for (int k = 0; k < best.length; k++) System.out.printf(Locale.ROOT, "%-12s %6.1f us%n", CALLS[k], best[k] / 1000.0 / FILES);
    long start = System.nanoTime();
    for (int i = 0; i < 1_000_000; i++) Libc.geteuid();
    System.out.printf(Locale.ROOT, "%-12s %6.3f us%n", "geteuid", (System.nanoTime() - start) / 1e9);
  }

  private static int ok(int result) throws IOException {
    if (result < 0) throw new ErrnoException("measure", -result);
    return result;
  }
}
