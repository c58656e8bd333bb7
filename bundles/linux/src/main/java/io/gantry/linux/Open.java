package io.gantry.linux;

/** Flags of open(2); close-on-exec is always added. */
public final class Open {
  public static final int RDONLY = 0;
  public static final int WRONLY = 1;
  public static final int RDWR = 2;
  public static final int CREAT = 0x40;
  public static final int EXCL = 0x80;
  public static final int NOCTTY = 0x100;
  public static final int TRUNC = 0x200;
  public static final int APPEND = 0x400;
  public static final int NONBLOCK = 0x800;
  public static final int DIRECT = Arch.O_DIRECT;
  public static final int DIRECTORY = Arch.O_DIRECTORY;
  public static final int NOFOLLOW = Arch.O_NOFOLLOW;
  public static final int NOATIME = 0x40000;
  static final int CLOEXEC = 0x80000;

  /** A handle on the name alone: opens nothing, not even a device or fifo. */
  public static final int PATH = 0x200000;

  /** A file without a name in a folder; {@code linkat} gives it one. */
  public static final int TMPFILE = 0x400000 | Arch.O_DIRECTORY;

  private Open() {}
}
