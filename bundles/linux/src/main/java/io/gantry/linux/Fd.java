package io.gantry.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open descriptor, owned by whoever opened it and closed once. Calls throw {@link ErrnoException}; for loops that expect failures use
 * {@link At}, {@link Io} and {@link Xattr} with {@link #raw}. A call after {@code close} is IllegalStateException; a call *during* close is
 * the owner's mistake, since the kernel gives the number to the next file.
 */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger fd;

  private Fd(int fd) {
    this.fd = new AtomicInteger(fd);
  }

  /** Takes ownership of a descriptor's number. */
  public static Fd own(int raw) {
    if (raw < 0) throw new IllegalArgumentException("descriptor " + raw);
    return new Fd(raw);
  }

  /** Opens a root folder of ours for reading. Names beneath it are bytes. */
  public static Fd open(Path folder) throws IOException {
    return open(folder, Open.RDONLY | Open.DIRECTORY, 0);
  }

  public static Fd open(Path path, int flags, int mode) throws IOException {
    byte[] name = Names.of(path.toAbsolutePath());
    return new Fd(ErrnoException.check(At.open(At.CWD, name, flags, mode), "open", name));
  }

  /** The number, for calls of the kernel's kind. */
  public int raw() {
    int raw = fd.get();
    if (raw == CLOSED) throw new IllegalStateException("the descriptor was closed");
    return raw;
  }

  /**
   * Opens a name in this folder; a path's inner links are followed wherever they lead, so names of strangers go to {@link #beneath}.
   *
   * @param flags of {@link Open}
   */
  public Fd open(byte[] name, int flags, int mode) throws IOException {
    return new Fd(ErrnoException.check(At.open(raw(), name, flags, mode), "open", name));
  }

  /**
   * Opens a path that may not leave this folder, by links or {@code ..}; such a try is EXDEV or ELOOP.
   *
   * @param flags of {@link Open}
   */
  public Fd beneath(byte[] path, int flags) throws IOException {
    return resolve(path, flags, 0, Resolve.BENEATH | Resolve.NO_MAGICLINKS);
  }

  /** Opens a path as if this folder were {@code /}: what a program in a container would get. */
  public Fd inRoot(byte[] path, int flags) throws IOException {
    return resolve(path, flags, 0, Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
  }

  /**
   * openat2.
   *
   * @param mode 0 without CREAT
   * @param how flags of {@link Resolve}
   */
  public Fd resolve(byte[] path, int flags, int mode, int how) throws IOException {
    return new Fd(ErrnoException.check(At.open2(raw(), path, flags, mode, how), "open", path));
  }

  public void mkdir(byte[] name, int mode) throws IOException {
    ErrnoException.check(At.mkdir(raw(), name, mode), "make folder", name);
  }

  public void mknod(byte[] name, int mode, long device) throws IOException {
    ErrnoException.check(At.mknod(raw(), name, mode, device), "make node", name);
  }

  public void mkfifo(byte[] name, int permissions) throws IOException {
    mknod(name, Mode.FIFO | permissions, 0);
  }

  public void symlink(byte[] target, byte[] name) throws IOException {
    ErrnoException.check(At.symlink(target, raw(), name), "make symbolic link", name);
  }

  /** Target of a symbolic link. */
  public byte[] readlink(byte[] name) throws IOException {
    return At.readlink(raw(), name).orElseThrow(() -> new ErrnoException("read link '" + Names.show(name) + "'", Errno.EINVAL));
  }

  /** Gives the file {@code from} of this folder one more name. */
  public void link(byte[] from, Fd folder, byte[] name) throws IOException {
    ErrnoException.check(At.link(raw(), from, folder.raw(), name, 0), "link", name);
  }

  /** Gives this open file a name, also one made without ({@link Open#TMPFILE}). */
  public void linkInto(Fd folder, byte[] name) throws IOException {
    ErrnoException.check(At.link(raw(), Names.EMPTY, folder.raw(), name, At.EMPTY_PATH), "link", name);
  }

  public void unlink(byte[] name) throws IOException {
    ErrnoException.check(At.unlink(raw(), name, 0), "remove", name);
  }

  public void rmdir(byte[] name) throws IOException {
    ErrnoException.check(At.unlink(raw(), name, At.REMOVEDIR), "remove folder", name);
  }

  /** @param flags 0, {@link At#RENAME_NOREPLACE} or {@link At#RENAME_EXCHANGE} */
  public void rename(byte[] from, Fd folder, byte[] to, int flags) throws IOException {
    ErrnoException.check(At.rename(raw(), from, folder.raw(), to, flags), "rename '" + Names.show(from) + "' to", to);
  }

  /** This file or folder itself. */
  public Stat stat() throws IOException {
    return At.stat(raw(), Names.EMPTY).orElseThrow(() -> new ErrnoException("stat a descriptor", Errno.ENOENT));
  }

  /** The name itself, not where a link leads. */
  public Stat stat(byte[] name) throws IOException {
    return find(name).orElseThrow(() -> new ErrnoException("stat '" + Names.show(name) + "'", Errno.ENOENT));
  }

  /** The same; empty where it is not there. */
  public Optional<Stat> find(byte[] name) throws IOException {
    return At.stat(raw(), Objects.requireNonNull(name));
  }

  /** All entries, for folders of ours; use {@link Dirents} where there may be very many. */
  public List<Dirent> list() throws IOException {
    List<Dirent> all = new ArrayList<>();
    try (Dirents d = Dirents.of(this)) {
      while (d.next()) all.add(new Dirent(d.name(), d.type(), d.ino()));
    }
    return all;
  }

  public void chmod(int permissions) throws IOException {
    ErrnoException.check(Io.chmod(raw(), permissions), "set mode");
  }

  public void chown(int uid, int gid) throws IOException {
    ErrnoException.check(Io.chown(raw(), uid, gid), "set owner");
  }

  public void utimes(long atime, int atimeNanos, long mtime, int mtimeNanos) throws IOException {
    ErrnoException.check(Io.utimes(raw(), atime, atimeNanos, mtime, mtimeNanos), "set times");
  }

  /** Value of an extended attribute; empty where there is none. */
  public Optional<byte[]> xattr(String name) throws IOException {
    return Xattr.get(raw(), Names.of(name));
  }

  public void xattr(String name, byte[] value) throws IOException {
    ErrnoException.check(Xattr.set(raw(), Names.of(name), value, 0), "set attribute", Names.of(name));
  }

  /** Reads at the descriptor's position, perhaps less than asked for; 0 at the end. */
  public int read(byte[] into, int offset, int count) throws IOException {
    return (int) ErrnoException.check(Io.read(raw(), into, offset, count), "read");
  }

  public int pread(ByteBuffer direct, long position) throws IOException {
    return (int) ErrnoException.check(Io.pread(raw(), direct, position), "read");
  }

  /** Writes all of it. */
  public void write(byte[] from, int offset, int count) throws IOException {
    ErrnoException.check(Io.write(raw(), from, offset, count), "write");
  }

  public void write(byte[] from) throws IOException {
    write(from, 0, from.length);
  }

  /** Writes all that remains of a direct buffer. */
  public void write(ByteBuffer direct) throws IOException {
    ErrnoException.check(Io.write(raw(), direct), "write");
  }

  public void pwrite(ByteBuffer direct, long position) throws IOException {
    ErrnoException.check(Io.pwrite(raw(), direct, position), "write");
  }

  /** Everything of a small file, from its start; for files of ours. */
  public byte[] readAll(int max) throws IOException {
    byte[] all = new byte[8192];
    int n = 0;
    while (true) {
      int r = (int) ErrnoException.check(Io.pread(raw(), all, n, all.length - n, n), "read");
      if (r == 0) return java.util.Arrays.copyOf(all, n);
      n += r;
      if (n > max) throw new ErrnoException("read a file of more than " + max + " bytes", Errno.EFBIG);
      if (n == all.length) all = java.util.Arrays.copyOf(all, (int) Math.min(2L * n, Integer.MAX_VALUE - 8));
    }
  }

  public long size() throws IOException {
    return stat().size();
  }

  public void truncate(long size) throws IOException {
    ErrnoException.check(Io.truncate(raw(), size), "set size to " + size);
  }

  public void allocate(int mode, long offset, long size) throws IOException {
    ErrnoException.check(Io.allocate(raw(), mode, offset, size), "allocate " + size + " bytes");
  }

  /** Waits until this file or folder is on the disk; on the native pool when a virtual thread calls. */
  public void fsync() throws IOException {
    Blocking.call(() -> ErrnoException.check(Io.fsync(raw()), "fsync"));
  }

  public void fdatasync() throws IOException {
    Blocking.call(() -> ErrnoException.check(Io.fdatasync(raw()), "fdatasync"));
  }

  /** Waits until all of the file system is on the disk. */
  public void syncfs() throws IOException {
    Blocking.call(() -> ErrnoException.check(Io.syncfs(raw()), "syncfs"));
  }

  /** Another descriptor of the same open file, with one position between them. */
  public Fd dup() throws IOException {
    return new Fd((int) ErrnoException.check(Libc.result(Libc.fcntl(raw(), 1030 /* F_DUPFD_CLOEXEC */, 0)), "dup"));
  }

  /** A name for this very descriptor, for programs and calls that take paths alone. */
  public Path procPath() {
    return Path.of("/proc/self/fd/" + raw());
  }

  /** Closes once. What close(2) could tell of lost data, fsync told before; so nothing is thrown. */
  @Override
  public void close() {
    int raw = fd.getAndSet(CLOSED);
    if (raw != CLOSED) Io.close(raw);
  }

  @Override
  public String toString() {
    return "fd " + fd.get();
  }
}
