package io.gantry.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Mounts, by the old calls (mount, umount2) and by descriptor (open_tree, move_mount, mount_setattr: Linux 5.2 and 5.12). All run under
 * {@link Blocking}. New file systems by descriptor are {@link FsContext}'s.
 */
public final class Mounting {
  public static final long RDONLY = 1;
  public static final long NOSUID = 2;
  public static final long NODEV = 4;
  public static final long NOEXEC = 8;
  public static final long SYNCHRONOUS = 16;
  public static final long REMOUNT = 32;
  public static final long DIRSYNC = 128;
  public static final long NOATIME = 1024;
  public static final long NODIRATIME = 2048;
  public static final long BIND = 4096;
  public static final long MOVE = 8192;
  public static final long REC = 16384;
  public static final long SILENT = 32768;
  public static final long UNBINDABLE = 1 << 17;
  public static final long PRIVATE = 1 << 18;
  public static final long SLAVE = 1 << 19;
  public static final long SHARED = 1 << 20;
  public static final long RELATIME = 1 << 21;
  public static final long STRICTATIME = 1 << 24;
  public static final long LAZYTIME = 1 << 25;

  /** Flags of {@link #unmount}. */
  public static final int FORCE = 1;
  public static final int DETACH = 2;
  public static final int EXPIRE = 4;
  public static final int NOFOLLOW = 8;

  /** Attributes of a mount for {@link FsContext#mount} and {@link #attributes}. */
  public static final int ATTR_RDONLY = 0x01;
  public static final int ATTR_NOSUID = 0x02;
  public static final int ATTR_NODEV = 0x04;
  public static final int ATTR_NOEXEC = 0x08;
  public static final int ATTR_NOATIME = 0x10;
  public static final int ATTR_NODIRATIME = 0x80;
  public static final int ATTR_NOSYMFOLLOW = 0x200000;

  /** What mount(2) takes of options at most: one page with its NUL; it cuts the rest off without a word. */
  public static final int OPTIONS_MAX = 4095;

  private static final int OPEN_TREE_CLONE = 1;
  private static final int AT_RECURSIVE = 0x8000;
  private static final int MOVE_EMPTY_FROM = 0x04;
  private static final int MOVE_EMPTY_TO = 0x40;

  private Mounting() {}

  /**
   * mount(2).
   *
   * @param options comma separated; refused when longer than {@link #OPTIONS_MAX}
   */
  public static void mount(byte[] source, byte[] target, String type, long flags, byte[] options) throws IOException {
    String what = "mount " + type + " on '" + Names.show(target) + "'";
    if (options.length > OPTIONS_MAX) throw new ErrnoException(what + " with " + options.length + " bytes of options", Errno.E2BIG);
    Blocking.call(() -> {
      Scratch a = Scratch.take();
      Scratch b = Scratch.take();
      long s = a.first(source);
      long t = a.second(target);
      long f = b.first(Names.of(type));
      long o = b.second(options);
      int r = s == 0 || t == 0 || f == 0 || o == 0 ? -Errno.EINVAL : Libc.result(Libc.mount(s, t, f, flags, o));
      a.give(0);
      return ErrnoException.check(b.give(r), what);
    });
  }

  public static void mount(String source, Path target, String type, long flags, String options) throws IOException {
    mount(Names.of(source), Names.of(target), type, flags, Names.of(options));
  }

  /** umount2(2). @param flags e.g. {@link #DETACH}; {@link #NOFOLLOW} is always added */
  public static void unmount(byte[] target, int flags) throws IOException {
    Blocking.call(() -> {
      Scratch s = Scratch.take();
      long t = s.first(target);
      int r = s.give(t == 0 ? Scratch.refused(target) : Libc.result(Libc.umount2(t, flags | NOFOLLOW)));
      return ErrnoException.check(r, "unmount", target);
    });
  }

  public static void unmount(Path target, int flags) throws IOException {
    unmount(Names.of(target), flags);
  }

  /** A detached copy of the mount at a folder or file, as a bind mount without a place; {@link #move} gives it one. */
  public static Fd copyOf(Fd dir, byte[] path, boolean recursive) throws IOException {
    long flags = OPEN_TREE_CLONE | Open.CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (path.length == 0 ? At.EMPTY_PATH : 0);
    return Blocking.call(() -> {
      Scratch s = Scratch.take();
      long p = s.first(path);
      long r = p == 0 ? Scratch.refused(path) : Libc.result(Libc.syscall(Arch.OPEN_TREE, dir.raw(), p, flags, 0, 0, 0));
      return Fd.own(ErrnoException.check((int) s.give(r), "open tree", path));
    });
  }

  /** Puts a detached mount over an open folder (or file over file). Where that is shared, the mount becomes shared, whatever it was. */
  public static void move(Fd mount, Fd place) throws IOException {
    Blocking.call(() -> {
      Scratch s = Scratch.take();
      long empty = s.first(Names.EMPTY);
      long r = Libc.syscall(Arch.MOVE_MOUNT, mount.raw(), empty, place.raw(), empty, MOVE_EMPTY_FROM | MOVE_EMPTY_TO, 0);
      return ErrnoException.check(s.give(Libc.result(r)), "move a mount to its place");
    });
  }

  /**
   * mount_setattr(2) of a mount by its descriptor.
   *
   * @param set attributes to set
   * @param clear attributes to clear
   * @param propagation {@link #SHARED}, {@link #SLAVE}, {@link #PRIVATE} or 0 to leave it
   */
  public static void attributes(Fd mount, boolean recursive, long set, long clear, long propagation) throws IOException {
    Blocking.call(() -> {
      Scratch s = Scratch.take();
      long empty = s.first(Names.EMPTY);
      s.smallLong(0, set);
      s.smallLong(8, clear);
      s.smallLong(16, propagation);
      s.smallLong(24, 0);
      long flags = At.EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
      long r = Libc.result(Libc.syscall(Arch.MOUNT_SETATTR, mount.raw(), empty, flags, s.small(), 32, 0));
      return ErrnoException.check(s.give(r), "set attributes of a mount");
    });
  }

  /** ASCII of the kernel, for messages. */
  static String ascii(byte[] text, int length) {
    return new String(text, 0, length, StandardCharsets.ISO_8859_1).strip();
  }
}
