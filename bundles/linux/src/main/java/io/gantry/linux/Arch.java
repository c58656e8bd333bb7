package io.gantry.linux;

/** What differs between x86-64 and aarch64, and numbers of calls that the C library may lack (424 and above are equal everywhere). */
final class Arch {
  static final int O_DIRECTORY;
  static final int O_NOFOLLOW;
  static final int O_DIRECT;
  static final long MKNODAT;

  static final long PIDFD_SEND_SIGNAL = 424;
  static final long OPEN_TREE = 428;
  static final long MOVE_MOUNT = 429;
  static final long FSOPEN = 430;
  static final long FSCONFIG = 431;
  static final long FSMOUNT = 432;
  static final long PIDFD_OPEN = 434;
  static final long OPENAT2 = 437;
  static final long MOUNT_SETATTR = 442;
  static final long FCHMODAT2 = 452;

  static {
    switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> {
        O_DIRECT = 0x4000;
        O_DIRECTORY = 0x10000;
        O_NOFOLLOW = 0x20000;
        MKNODAT = 259;
      }
      case "aarch64" -> {
        O_DIRECT = 0x10000;
        O_DIRECTORY = 0x4000;
        O_NOFOLLOW = 0x8000;
        MKNODAT = 33;
      }
      default -> throw new UnsatisfiedLinkError("system calls are known for x86-64 and aarch64, not for " + System.getProperty("os.arch"));
    }
  }

  private Arch() {}
}
