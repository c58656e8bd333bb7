package io.gantry.linux;

/** What a file is, in the upper bits of its mode; and device numbers. */
public final class Mode {
  public static final int TYPE = 0170000;
  public static final int SOCKET = 0140000;
  public static final int SYMLINK = 0120000;
  public static final int FILE = 0100000;
  public static final int BLOCK = 0060000;
  public static final int DIRECTORY = 0040000;
  public static final int CHARACTER = 0020000;
  public static final int FIFO = 0010000;

  /** Permissions with setuid, setgid and sticky. */
  public static final int PERMISSIONS = 07777;

  private Mode() {}

  /** One number of two, as the C library has it. */
  public static long device(long major, long minor) {
    return (major & 0xfffff000L) << 32 | (major & 0xfffL) << 8 | (minor & 0xffffff00L) << 12 | minor & 0xffL;
  }

  public static long major(long device) {
    return device >>> 32 & 0xfffff000L | device >>> 8 & 0xfffL;
  }

  public static long minor(long device) {
    return device >>> 12 & 0xffffff00L | device & 0xffL;
  }
}
