package io.gantry.linux;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Copies one regular file, going on where an earlier slice stopped: at the size the copy has. Tries to share blocks, then to copy in the
 * kernel, then reads and writes; what a file system cannot is not tried twice. Holes stay holes.
 */
final class FileCopy {
  private static final int STEP = 8 << 20;

  private final Budget budget;
  private boolean share = true;
  private boolean inKernel = true;
  private ByteBuffer buffer;

  FileCopy(Budget budget) {
    this.budget = budget;
  }

  /** False: the slice was over inside this file. */
  boolean copy(Fd folder, byte[] name, Stat source, Fd into) throws IOException {
    try (Fd from = folder.open(name, Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK, 0);
        Fd to = into.open(name, Open.RDWR | Open.CREAT | Open.NOFOLLOW, 0600)) {
      if (source.size() > 0 && !data(from, source, to)) return false;
      TreeCopy.attributes(from, source, to);
      return true;
    }
  }

  private boolean data(Fd from, Stat source, Fd to) throws IOException {
    long size = source.size();
    if (share && shared(from, to)) return true;
    boolean sparse = source.blocks() * 512 < size;
    long at = to.size();
    while (at < size) {
      long end = size;
      if (sparse) {
        long data = Io.seek(from.raw(), at, Io.SEEK_DATA);
        if (data == -Errno.ENXIO) break; // a hole up to the end
        if (data >= 0) {
          at = data;
          end = ErrnoException.check(Io.seek(from.raw(), at, Io.SEEK_HOLE), "look for a hole");
        }
      }
      while (at < end) {
        long n = step(from, at, to, Math.min(end - at, STEP));
        if (n == 0) throw new ErrnoException("copy a file of " + size + " bytes, which ended at " + at, Errno.EIO);
        at += n;
        if (at < size && budget.timeOver()) return false;
      }
    }
    to.truncate(size);
    return true;
  }

  private boolean shared(Fd from, Fd to) throws IOException {
    int r = Io.cloneFrom(from.raw(), to.raw());
    if (r == 0) return true;
    if (r != -Errno.EOPNOTSUPP && r != -Errno.EXDEV && r != -Errno.EINVAL && r != -Errno.ENOTTY && r != -Errno.ENOSYS) {
      throw new ErrnoException("share the blocks of a file", -r);
    }
    share = false;
    return false;
  }

  private long step(Fd from, long at, Fd to, long count) throws IOException {
    if (inKernel) {
      long n = Io.copyRange(from.raw(), at, to.raw(), at, count);
      if (n > 0) return n;
      if (n != 0 && n != -Errno.EXDEV && n != -Errno.EINVAL && n != -Errno.ENOSYS && n != -Errno.EOPNOTSUPP) {
        throw new ErrnoException("copy data", (int) -n);
      }
      inKernel = false; // 0 before the end: file systems such as procfs, whose files have no size
    }
    if (buffer == null) buffer = ByteBuffer.allocateDirect(1 << 20);
    buffer.clear().limit((int) Math.min(count, buffer.capacity()));
    int n = from.pread(buffer, at);
    buffer.flip();
    to.pwrite(buffer, at);
    return n;
  }
}
