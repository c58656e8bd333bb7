package io.gantry.linux;

import java.io.IOException;
import java.time.Duration;

/** poll(2): waits for many descriptors at once, for a thread that watches processes; an {@link EventFd} among them wakes it. */
public final class Poll {
  private static final short IN = 1;

  private Poll() {}

  /**
   * Which of the descriptors can be read, or are at their end. At most 8192. Blocks its thread, so call it from a platform thread.
   *
   * @param timeout zero to look only; more than 24 days is for ever
   */
  public static boolean[] readable(int[] fds, Duration timeout) throws IOException {
    if (fds.length > Scratch.DATA_SIZE / 8) throw new ErrnoException("poll " + fds.length + " descriptors", Errno.EINVAL);
    long end = System.nanoTime() + Math.min(timeout.toMillis(), Integer.MAX_VALUE) * 1_000_000;
    boolean[] ready = new boolean[fds.length];
    Scratch s = Scratch.take();
    int r;
    do {
      for (int i = 0; i < fds.length; i++) s.dataLong(i * 8, fds[i] & 0xffffffffL | (long) IN << 32);
      long left = Math.max(0, end - System.nanoTime() + 999_999) / 1_000_000;
      r = Libc.result(Libc.poll(s.data(), fds.length, timeout.toMillis() > Integer.MAX_VALUE ? -1 : (int) left));
    } while (r == -Errno.EINTR);
    for (int i = 0; i < fds.length && r > 0; i++) ready[i] = s.dataLong(i * 8) >>> 48 != 0;
    ErrnoException.check(s.give(r), "poll");
    return ready;
  }
}
