package io.gantry.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * Calls by one descriptor, answering as the kernel does: a result, or the negated error number. Calls that wait for a disk (fsync,
 * fdatasync, syncfs) belong under {@link Blocking} when a virtual thread makes them.
 */
public final class Io {
  public static final int SEEK_SET = 0;
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  /** Mode of {@link #allocate}: give blocks back. */
  public static final int FALLOC_PUNCH_HOLE = 0x03;

  /** Mode of {@link #allocate}: blocks, but not size. */
  public static final int FALLOC_KEEP_SIZE = 0x01;

  private static final long FICLONE = 0x40049409L;

  private Io() {}

  public static int close(int fd) {
    return Libc.result(Libc.close(fd));
  }

  /** Reads at the descriptor's position; 0 at the end. */
  public static long read(int fd, byte[] into, int offset, int count) {
    return read(fd, into, offset, count, -1);
  }

  /** Reads at {@code position}. */
  public static long pread(int fd, byte[] into, int offset, int count, long position) {
    return position < 0 ? -Errno.EINVAL : read(fd, into, offset, count, position);
  }

  private static long read(int fd, byte[] into, int offset, int count, long position) {
    java.util.Objects.checkFromIndexSize(offset, count, into.length);
    Scratch s = Scratch.take();
    long r = readAt(fd, s.data(), Math.min(count, Scratch.DATA_SIZE), position);
    if (r > 0) s.readData(into, offset, (int) r);
    return s.give(r);
  }

  /** Reads into a direct buffer, at its position, which moves; heap buffers are not taken. */
  public static long read(int fd, ByteBuffer into) {
    return moved(into, readAt(fd, address(into), into.remaining(), -1));
  }

  public static long pread(int fd, ByteBuffer into, long position) {
    return position < 0 ? -Errno.EINVAL : moved(into, readAt(fd, address(into), into.remaining(), position));
  }

  private static long readAt(int fd, long address, int count, long position) {
    long r;
    do {
      r = Libc.result(position < 0 ? Libc.read(fd, address, count) : Libc.pread(fd, address, count, position));
    } while (r == -Errno.EINTR);
    return r;
  }

  /** Writes all of it at the descriptor's position; the count, or what went wrong (part of it may be written then). */
  public static long write(int fd, byte[] from, int offset, int count) {
    return write(fd, from, offset, count, -1);
  }

  public static long pwrite(int fd, byte[] from, int offset, int count, long position) {
    return position < 0 ? -Errno.EINVAL : write(fd, from, offset, count, position);
  }

  private static long write(int fd, byte[] from, int offset, int count, long position) {
    java.util.Objects.checkFromIndexSize(offset, count, from.length);
    Scratch s = Scratch.take();
    for (int done = 0; done < count; ) {
      int part = Math.min(count - done, Scratch.DATA_SIZE);
      s.data(from, offset + done, part);
      long r = writeAll(fd, s.data(), part, position < 0 ? -1 : position + done);
      if (r < 0) return s.give(r);
      done += part;
    }
    return s.give((long) count);
  }

  /** Writes all that remains of a direct buffer; its position moves to its limit. */
  public static long write(int fd, ByteBuffer from) {
    return moved(from, writeAll(fd, address(from), from.remaining(), -1));
  }

  public static long pwrite(int fd, ByteBuffer from, long position) {
    return position < 0 ? -Errno.EINVAL : moved(from, writeAll(fd, address(from), from.remaining(), position));
  }

  private static long writeAll(int fd, long address, int count, long position) {
    int done = 0;
    while (done < count) {
      long r = Libc.result(position < 0
          ? Libc.write(fd, address + done, count - done)
          : Libc.pwrite(fd, address + done, count - done, position + done));
      if (r == -Errno.EINTR) continue;
      if (r < 0) return r;
      done += (int) r;
    }
    return count;
  }

  private static long address(ByteBuffer direct) {
    if (!direct.isDirect()) throw new IllegalArgumentException("a direct buffer is needed; for arrays there is a call of its own");
    // JNA answers the address of the whole buffer, whatever its position
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct)) + direct.position();
  }

  private static long moved(ByteBuffer buffer, long result) {
    if (result > 0) buffer.position(buffer.position() + (int) result);
    return result;
  }

  public static long seek(int fd, long offset, int whence) {
    return Libc.result(Libc.lseek(fd, offset, whence));
  }

  public static int fsync(int fd) {
    return Libc.result(Libc.fsync(fd));
  }

  public static int fdatasync(int fd) {
    return Libc.result(Libc.fdatasync(fd));
  }

  /** Writes out everything of the file system the descriptor is on, and tells of errors since it was opened. */
  public static int syncfs(int fd) {
    return Libc.result(Libc.syncfs(fd));
  }

  public static int truncate(int fd, long size) {
    return Libc.result(Libc.ftruncate(fd, size));
  }

  public static int allocate(int fd, int mode, long offset, long size) {
    return Libc.result(Libc.fallocate(fd, mode, offset, size));
  }

  public static int chmod(int fd, int mode) {
    return Libc.result(Libc.fchmod(fd, mode));
  }

  /** Clears setuid and setgid of files: set the mode after it. */
  public static int chown(int fd, int uid, int gid) {
    return Libc.result(Libc.fchown(fd, uid, gid));
  }

  public static int utimes(int fd, long atime, int atimeNanos, long mtime, int mtimeNanos) {
    Scratch s = Scratch.take();
    times(s, atime, atimeNanos, mtime, mtimeNanos);
    return s.give(Libc.result(Libc.futimens(fd, s.small())));
  }

  static void times(Scratch s, long atime, int atimeNanos, long mtime, int mtimeNanos) {
    s.smallLong(0, atime);
    s.smallLong(8, atimeNanos);
    s.smallLong(16, mtime);
    s.smallLong(24, mtimeNanos);
  }

  /** Shares all blocks of {@code from}; EOPNOTSUPP, EINVAL or EXDEV where the file system cannot. */
  public static int cloneFrom(int from, int to) {
    return Libc.result(Libc.ioctl(to, FICLONE, from));
  }

  /** Copies in the kernel at explicit offsets; fewer bytes than asked for are possible, 0 is the end. */
  public static long copyRange(int from, long fromOffset, int to, long toOffset, long count) {
    Scratch s = Scratch.take();
    s.smallLong(0, fromOffset);
    s.smallLong(8, toOffset);
    return s.give(Libc.result(Libc.copy_file_range(from, s.small(), to, s.small() + 8, count, 0)));
  }
}
