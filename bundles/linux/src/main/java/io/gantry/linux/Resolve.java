package io.gantry.linux;

/** How openat2(2) walks a path (Linux 5.6). */
public final class Resolve {
  /** Refuse to cross into another mount: EXDEV. */
  public static final int NO_XDEV = 0x01;

  /** Refuse the links of /proc: ELOOP. */
  public static final int NO_MAGICLINKS = 0x02;

  /** Refuse every symbolic link: ELOOP. */
  public static final int NO_SYMLINKS = 0x04;

  /** Refuse to leave the folder: EXDEV for {@code ..} above it and for absolute links. */
  public static final int BENEATH = 0x08;

  /** Take the folder for {@code /}, as chroot does: {@code ..} stops there and absolute links start there. */
  public static final int IN_ROOT = 0x10;

  private Resolve() {}
}
