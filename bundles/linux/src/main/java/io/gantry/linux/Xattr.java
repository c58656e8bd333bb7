package io.gantry.linux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Extended attributes, of an open descriptor, or of (folder, name) without opening and without following it: for symbolic links and
 * devices. The latter go through {@code /proc/self/fd/N/name}, whose last part the {@code l} calls do not follow. Setters answer as the
 * kernel does: 0 or the negated error number.
 */
public final class Xattr {
  public static final int CREATE = 1;
  public static final int REPLACE = 2;

  private Xattr() {}

  public static int set(int fd, byte[] name, byte[] value, int flags) {
    Scratch s = Scratch.take();
    long n = s.first(name);
    if (n == 0 || value.length > Scratch.DATA_SIZE) return s.give(n == 0 ? Scratch.refused(name) : -Errno.E2BIG);
    s.data(value, 0, value.length);
    return s.give(Libc.result(Libc.fsetxattr(fd, n, s.data(), value.length, flags)));
  }

  /** Empty where there is no such attribute, or the file system has none at all. */
  public static Optional<byte[]> get(int fd, byte[] name) throws ErrnoException {
    Scratch s = Scratch.take();
    long n = s.first(name);
    long r = n == 0 ? Scratch.refused(name) : Libc.result(Libc.fgetxattr(fd, n, s.data(), Scratch.DATA_SIZE));
    return value(s, r, name);
  }

  /** Names of all, also those the caller has no right to read the value of. Empty where the file system has none. */
  public static List<byte[]> list(int fd) throws ErrnoException {
    Scratch s = Scratch.take();
    return names(s, Libc.result(Libc.flistxattr(fd, s.data(), Scratch.DATA_SIZE)), Names.EMPTY);
  }

  public static int remove(int fd, byte[] name) {
    Scratch s = Scratch.take();
    long n = s.first(name);
    return s.give(n == 0 ? Scratch.refused(name) : Libc.result(Libc.fremovexattr(fd, n)));
  }

  /** Sets one of the name itself. */
  public static int set(int dir, byte[] file, byte[] name, byte[] value, int flags) {
    Scratch s = Scratch.take();
    byte[] path = path(dir, file);
    long p = s.first(path);
    long n = s.second(name);
    if (p == 0 || n == 0) return s.give(Scratch.refused(p == 0 ? path : name));
    if (value.length > Scratch.DATA_SIZE) return s.give(-Errno.E2BIG);
    s.data(value, 0, value.length);
    return s.give(Libc.result(Libc.lsetxattr(p, n, s.data(), value.length, flags)));
  }

  public static Optional<byte[]> get(int dir, byte[] file, byte[] name) throws ErrnoException {
    Scratch s = Scratch.take();
    long p = s.first(path(dir, file));
    long n = s.second(name);
    long r = p == 0 || n == 0 ? -Errno.EINVAL : Libc.result(Libc.lgetxattr(p, n, s.data(), Scratch.DATA_SIZE));
    return value(s, r, name);
  }

  public static List<byte[]> list(int dir, byte[] file) throws ErrnoException {
    Scratch s = Scratch.take();
    long p = s.first(path(dir, file));
    return names(s, p == 0 ? -Errno.EINVAL : Libc.result(Libc.llistxattr(p, s.data(), Scratch.DATA_SIZE)), file);
  }

  public static int remove(int dir, byte[] file, byte[] name) {
    Scratch s = Scratch.take();
    byte[] path = path(dir, file);
    long p = s.first(path);
    long n = s.second(name);
    if (p == 0 || n == 0) return s.give(Scratch.refused(p == 0 ? path : name));
    return s.give(Libc.result(Libc.lremovexattr(p, n)));
  }

  private static Optional<byte[]> value(Scratch s, long r, byte[] name) throws ErrnoException {
    byte[] value = new byte[(int) Math.max(r, 0)];
    s.readData(value, 0, value.length);
    s.give(0);
    if (r >= 0) return Optional.of(value);
    if (r == -Errno.ENODATA || r == -Errno.EOPNOTSUPP) return Optional.empty();
    throw new ErrnoException("read attribute '" + Names.show(name) + "'", (int) -r);
  }

  private static List<byte[]> names(Scratch s, long r, byte[] file) throws ErrnoException {
    byte[] all = new byte[(int) Math.max(r, 0)];
    s.readData(all, 0, all.length);
    s.give(0);
    if (r < 0 && r != -Errno.EOPNOTSUPP) throw new ErrnoException("list attributes of '" + Names.show(file) + "'", (int) -r);
    List<byte[]> names = new ArrayList<>();
    for (int start = 0, i = 0; i < all.length; i++) {
      if (all[i] != 0) continue;
      names.add(java.util.Arrays.copyOfRange(all, start, i));
      start = i + 1;
    }
    return names;
  }

  private static byte[] path(int dir, byte[] file) {
    byte[] head = ("/proc/self/fd/" + dir + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] path = java.util.Arrays.copyOf(head, head.length + file.length);
    System.arraycopy(file, 0, path, head.length, file.length);
    return path;
  }
}
