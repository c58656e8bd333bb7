package io.gantry.linux;

import java.io.IOException;

/**
 * Locks of whole files that belong to the open file, not to the process: they go when its last descriptor is closed, as after a kill, and
 * closing another descriptor of the same file does not lose them (as it does with java.nio's).
 */
public final class Locks {
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private Locks() {}

  /** Takes the lock of an open file, or answers false at once where another has it. Exclusive ones need it open for writing. */
  public static boolean tryLock(Fd file, boolean exclusive) throws IOException {
    return set(file, exclusive ? F_WRLCK : F_RDLCK);
  }

  public static void unlock(Fd file) throws IOException {
    set(file, F_UNLCK);
  }

  /** flock(2), as other programs use it; works on folders too. False where another has it. */
  public static boolean tryFlock(Fd file) throws IOException {
    int r = Libc.result(Libc.flock(file.raw(), LOCK_EX | LOCK_NB));
    if (r == -Errno.EAGAIN) return false;
    ErrnoException.check(r, "flock");
    return true;
  }

  private static boolean set(Fd file, short kind) throws IOException {
    Scratch s = Scratch.take();
    s.smallLong(0, 0);
    s.smallShort(0, kind);
    s.smallLong(8, 0);
    s.smallLong(16, 0);
    s.smallLong(24, 0);
    int r = s.give(Libc.result(Libc.fcntl(file.raw(), F_OFD_SETLK, s.small())));
    if (r == -Errno.EAGAIN || r == -Errno.EACCES) return false;
    ErrnoException.check(r, "lock a file");
    return true;
  }
}
