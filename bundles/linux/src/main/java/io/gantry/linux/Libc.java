package io.gantry.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The C library by direct mapping. Arguments are primitives alone (addresses are {@code long}), so that a call converts nothing; results
 * are the library's, and {@link #result} turns -1 into the negated error number. Calls that glibc 2.31 lacks go through {@code syscall}.
 */
final class Libc {
  static {
    if (Native.POINTER_SIZE != 8) throw new UnsatisfiedLinkError("a 64-bit Linux is needed");
    // JNA starts its cleaner thread here, for ever; it would keep the context class loader of whichever driver is the first to call.
    Thread t = Thread.currentThread();
    ClassLoader before = t.getContextClassLoader();
    t.setContextClassLoader(Libc.class.getClassLoader());
    try {
      Native.register(Libc.class, NativeLibrary.getInstance("c"));
    } finally {
      t.setContextClassLoader(before);
    }
  }

  private Libc() {}

  /** The result, or the negated error number of this thread's last call. */
  static int result(int result) {
    return result == -1 ? -Native.getLastError() : result;
  }

  static long result(long result) {
    return result == -1 ? -(long) Native.getLastError() : result;
  }

  static native int openat(int dir, long name, int flags, int mode);
  static native int close(int fd);
  static native long read(int fd, long buffer, long count);
  static native long write(int fd, long buffer, long count);
  static native long pread(int fd, long buffer, long count, long offset);
  static native long pwrite(int fd, long buffer, long count, long offset);
  static native long lseek(int fd, long offset, int whence);
  static native int fsync(int fd);
  static native int fdatasync(int fd);
  static native int syncfs(int fd);
  static native int ftruncate(int fd, long size);
  static native int fallocate(int fd, int mode, long offset, long size);
  static native int fcntl(int fd, int command, long argument);
  static native int ioctl(int fd, long request, long argument);
  static native int flock(int fd, int operation);
  static native long copy_file_range(int in, long inOffset, int out, long outOffset, long count, int flags);

  static native int mkdirat(int dir, long name, int mode);
  static native int symlinkat(long target, int dir, long name);
  static native long readlinkat(int dir, long name, long buffer, long size);
  static native int linkat(int fromDir, long from, int toDir, long to, int flags);
  static native int unlinkat(int dir, long name, int flags);
  static native int renameat2(int fromDir, long from, int toDir, long to, int flags);
  static native int fchmod(int fd, int mode);
  static native int fchmodat(int dir, long name, int mode, int flags);
  static native int fchown(int fd, int uid, int gid);
  static native int fchownat(int dir, long name, int uid, int gid, int flags);
  static native int futimens(int fd, long times);
  static native int utimensat(int dir, long name, long times, int flags);
  static native int faccessat(int dir, long name, int mode, int flags);
  static native int statx(int dir, long name, int flags, int mask, long buffer);
  static native long getdents64(int fd, long buffer, long size);

  static native int fsetxattr(int fd, long name, long value, long size, int flags);
  static native long fgetxattr(int fd, long name, long value, long size);
  static native long flistxattr(int fd, long list, long size);
  static native int fremovexattr(int fd, long name);
  static native int lsetxattr(long path, long name, long value, long size, int flags);
  static native long lgetxattr(long path, long name, long value, long size);
  static native long llistxattr(long path, long list, long size);
  static native int lremovexattr(long path, long name);

  static native int mount(long source, long target, long type, long flags, long data);
  static native int umount2(long target, int flags);
  static native int fstatfs(int fd, long buffer);

  static native int getuid();
  static native int geteuid();
  static native int umask(int mask);
  static native int kill(int pid, int signal);
  static native int prctl(int option, long a, long b, long c, long d);
  static native int waitpid(int pid, long status, int options);
  static native int eventfd(int value, int flags);
  static native int poll(long fds, long count, int timeoutMillis);

  static native long syscall(long number, long a, long b, long c, long d, long e, long f);
}
