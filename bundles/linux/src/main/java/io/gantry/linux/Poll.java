package io.gantry.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/** poll(2): waits for many descriptors at once, for a thread that watches processes; an {@link EventFd} among them wakes it. */
public final class Poll {
  /** What is waited for: that it can be read. */
  public static final int IN = 1;

  /** That there is urgent news: of a file of a cgroup, that what it tells has changed since it was last read. */
  public static final int PRI = 2;

  private static final int ENTRY = 8;

  private Poll() {}

  /**
   * Which of the descriptors can be read, or are at their end. Blocks its thread, so call it from a platform thread.
   *
   * @param timeout zero to look only; more than 24 days is for ever
   * @throws ErrnoException EINVAL: there are more of them than the process may have open ({@code ulimit -n})
   */
  public static boolean[] readable(int[] fds, Duration timeout) throws IOException {
    int[] in = new int[fds.length];
    Arrays.fill(in, IN);
    return ready(fds, in, timeout);
  }

  /**
   * Which of the descriptors have what is waited for, or are at their end. Blocks its thread, so call it from a platform thread.
   *
   * @param events {@link #IN} or {@link #PRI} for each
   * @param timeout zero to look only; more than 24 days is for ever
   * @throws ErrnoException EINVAL: there are more of them than the process may have open ({@code ulimit -n})
   */
  public static boolean[] ready(int[] fds, int[] events, Duration timeout) throws IOException {
    Objects.checkFromIndexSize(0, fds.length, events.length);
    if (fds.length > Scratch.DATA_SIZE / ENTRY) {
      ByteBuffer own = ByteBuffer.allocateDirect(Math.multiplyExact(fds.length, ENTRY)).order(ByteOrder.nativeOrder());
      return ready(fds, events, timeout, own, Pointer.nativeValue(Native.getDirectBufferPointer(own)));
    }
    Scratch s = Scratch.take();
    try {
      return ready(fds, events, timeout, s.dataBuffer(), s.data());
    } finally {
      s.give(0);
    }
  }

  private static boolean[] ready(int[] fds, int[] events, Duration timeout, ByteBuffer entries, long address) throws IOException {
    long end = System.nanoTime() + Math.min(timeout.toMillis(), Integer.MAX_VALUE) * 1_000_000;
    int r;
    do {
      for (int i = 0; i < fds.length; i++) entries.putLong(i * ENTRY, fds[i] & 0xffffffffL | (long) events[i] << 32);
      long left = Math.max(0, end - System.nanoTime() + 999_999) / 1_000_000;
      r = Libc.result(Libc.poll(address, fds.length, timeout.toMillis() > Integer.MAX_VALUE ? -1 : (int) left));
    } while (r == -Errno.EINTR);
    ErrnoException.check((long) r, r == -Errno.EINVAL
        ? "poll " + fds.length + " descriptors, which are at most as many as the process may have open (ulimit -n)" : "poll");
    boolean[] ready = new boolean[fds.length];
    for (int i = 0; i < fds.length && r > 0; i++) ready[i] = entries.getLong(i * ENTRY) >>> 48 != 0;
    Reference.reachabilityFence(entries); // the kernel wrote by its address alone
    return ready;
  }
}
