package io.gantry.linux;

import java.util.Optional;

/**
 * Calls by (folder descriptor, name). Each answers as the kernel does: a result, or the negated error number; none throws. The folder may
 * be {@link #CWD} for absolute names. A name with a NUL byte is EINVAL, one longer than any kernel takes ENAMETOOLONG.
 */
public final class At {
  public static final int CWD = -100;
  public static final int SYMLINK_NOFOLLOW = 0x100;
  public static final int REMOVEDIR = 0x200;
  public static final int SYMLINK_FOLLOW = 0x400;
  public static final int EMPTY_PATH = 0x1000;

  /** Flag of {@link #rename}: EEXIST where the new name is there. */
  public static final int RENAME_NOREPLACE = 1;
  public static final int RENAME_EXCHANGE = 2;

  /** Nanoseconds of {@link #utimes}: leave this time as it is. */
  public static final int UTIME_OMIT = 0x3ffffffe;
  public static final int UTIME_NOW = 0x3fffffff;

  private static volatile boolean chmod2 = true;

  private At() {}

  public static int open(int dir, byte[] name, int flags, int mode) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    if (p == 0) return s.give(Scratch.refused(name));
    int r;
    do {
      r = Libc.result(Libc.openat(dir, p, flags | Open.CLOEXEC, mode));
    } while (r == -Errno.EINTR);
    return s.give(r);
  }

  /**
   * openat2(2).
   *
   * @param mode must be 0 without CREAT or TMPFILE
   * @param resolve flags of {@link Resolve}
   */
  public static int open2(int dir, byte[] name, int flags, int mode, int resolve) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    if (p == 0) return s.give(Scratch.refused(name));
    s.smallLong(0, (flags | Open.CLOEXEC) & 0xffffffffL);
    s.smallLong(8, mode);
    s.smallLong(16, resolve);
    int r;
    do {
      // EAGAIN: a rename raced with a walk over "..", man openat2
      r = (int) Libc.result(Libc.syscall(Arch.OPENAT2, dir, p, s.small(), 24, 0, 0));
    } while (r == -Errno.EINTR || r == -Errno.EAGAIN);
    return s.give(r);
  }

  public static int mkdir(int dir, byte[] name, int mode) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    return s.give(p == 0 ? Scratch.refused(name) : Libc.result(Libc.mkdirat(dir, p, mode)));
  }

  /** A device, fifo, socket or empty file. @param device by {@link Mode#device} */
  public static int mknod(int dir, byte[] name, int mode, long device) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    // the kernel's number of a device has 32 bits, which are the lower ones of the C library's
    if (device >>> 32 != 0) return s.give(-Errno.EINVAL);
    return s.give(p == 0 ? Scratch.refused(name) : (int) Libc.result(Libc.syscall(Arch.MKNODAT, dir, p, mode, device, 0, 0)));
  }

  public static int symlink(byte[] target, int dir, byte[] name) {
    Scratch s = Scratch.take();
    long t = s.second(target);
    long p = s.first(name);
    if (t == 0 || p == 0) return s.give(Scratch.refused(t == 0 ? target : name));
    return s.give(Libc.result(Libc.symlinkat(t, dir, p)));
  }

  /** The target of a symbolic link, or empty where there is no such link. */
  public static Optional<byte[]> readlink(int dir, byte[] name) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    int n = p == 0 ? -1 : (int) Libc.readlinkat(dir, p, s.data(), Scratch.DATA_SIZE);
    byte[] target = new byte[Math.max(n, 0)];
    s.readData(target, 0, target.length);
    s.give(0);
    return n < 0 ? Optional.empty() : Optional.of(target);
  }

  /** @param flags {@link #EMPTY_PATH} to link the descriptor {@code fromDir} itself, {@link #SYMLINK_FOLLOW}, or 0 */
  public static int link(int fromDir, byte[] from, int toDir, byte[] to, int flags) {
    Scratch s = Scratch.take();
    long f = s.first(from);
    long t = s.second(to);
    if (f == 0 || t == 0) return s.give(Scratch.refused(f == 0 ? from : to));
    return s.give(Libc.result(Libc.linkat(fromDir, f, toDir, t, flags)));
  }

  /** @param flags {@link #REMOVEDIR} for a folder, else 0 */
  public static int unlink(int dir, byte[] name, int flags) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    return s.give(p == 0 ? Scratch.refused(name) : Libc.result(Libc.unlinkat(dir, p, flags)));
  }

  public static int rename(int fromDir, byte[] from, int toDir, byte[] to, int flags) {
    Scratch s = Scratch.take();
    long f = s.first(from);
    long t = s.second(to);
    if (f == 0 || t == 0) return s.give(Scratch.refused(f == 0 ? from : to));
    return s.give(Libc.result(Libc.renameat2(fromDir, f, toDir, t, flags)));
  }

  /** Sets permissions of the name itself; EOPNOTSUPP for a symbolic link, which is never followed. */
  public static int chmod(int dir, byte[] name, int mode) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    if (p == 0) return s.give(Scratch.refused(name));
    if (chmod2) {
      int r = (int) Libc.result(Libc.syscall(Arch.FCHMODAT2, dir, p, mode, SYMLINK_NOFOLLOW, 0, 0));
      if (r != -Errno.ENOSYS) return s.give(r);
      chmod2 = false; // before Linux 6.6: the C library does it through /proc/self/fd
    }
    return s.give(Libc.result(Libc.fchmodat(dir, p, mode, SYMLINK_NOFOLLOW)));
  }

  /** Sets the owner of the name itself, also of a symbolic link. Clears setuid and setgid of files: set the mode after it. */
  public static int chown(int dir, byte[] name, int uid, int gid) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    return s.give(p == 0 ? Scratch.refused(name) : Libc.result(Libc.fchownat(dir, p, uid, gid, SYMLINK_NOFOLLOW)));
  }

  /** Sets both times of the name itself, also of a symbolic link. */
  public static int utimes(int dir, byte[] name, long atime, int atimeNanos, long mtime, int mtimeNanos) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    if (p == 0) return s.give(Scratch.refused(name));
    Io.times(s, atime, atimeNanos, mtime, mtimeNanos);
    return s.give(Libc.result(Libc.utimensat(dir, p, s.small(), SYMLINK_NOFOLLOW)));
  }

  /** Whether the name itself is there: 0, or why not. The cheapest look. */
  public static int exists(int dir, byte[] name) {
    Scratch s = Scratch.take();
    long p = s.first(name);
    return s.give(p == 0 ? Scratch.refused(name) : Libc.result(Libc.faccessat(dir, p, 0, SYMLINK_NOFOLLOW)));
  }

  /**
   * The name itself, never what a link leads to; the descriptor {@code dir} for {@link Names#EMPTY}. Empty where there is none of that
   * name ({@code ENOENT}, {@code ENOTDIR}).
   *
   * @throws ErrnoException it cannot be told
   */
  public static Optional<Stat> stat(int dir, byte[] name) throws ErrnoException {
    Scratch s = Scratch.take();
    long p = s.first(name);
    int flags = SYMLINK_NOFOLLOW | (name.length == 0 ? EMPTY_PATH : 0);
    int r = p == 0 ? Scratch.refused(name) : Libc.result(Libc.statx(dir, p, flags, Stat.MASK, s.small()));
    Optional<Stat> stat = r < 0 ? Optional.empty() : Optional.of(Stat.of(s));
    s.give(0);
    if (r < 0 && r != -Errno.ENOENT && r != -Errno.ENOTDIR) throw new ErrnoException("stat '" + Names.show(name) + "'", -r);
    return stat;
  }
}
