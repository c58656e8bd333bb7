package io.gantry.linux;

/**
 * What statx(2) tells of a file.
 *
 * @param dev device it is on, by {@link Mode#device}
 * @param mode type and permissions
 * @param rdev of a device file, else 0
 * @param size bytes; of a symbolic link the length of its target
 * @param blocks of 512 bytes
 * @param atime seconds since 1970, with {@code atimeNanos}
 * @param mountId of mountinfo; 0 before Linux 5.8
 */
public record Stat(
    long dev, long ino, int mode, int nlink, int uid, int gid, long rdev, long size, long blocks, long atime, int atimeNanos, long mtime,
    int mtimeNanos, long ctime, int ctimeNanos, long mountId) {
  /** Basic fields and the mount. */
  static final int MASK = 0x17ff;

  static Stat of(Scratch s) {
    return new Stat(
        Mode.device(s.smallInt(136), s.smallInt(140)), s.smallLong(32), s.smallShort(28) & 0xffff, s.smallInt(16), s.smallInt(20),
        s.smallInt(24), Mode.device(s.smallInt(128), s.smallInt(132)), s.smallLong(40), s.smallLong(48), s.smallLong(64), s.smallInt(72),
        s.smallLong(112), s.smallInt(120), s.smallLong(96), s.smallInt(104), (s.smallInt(0) & 0x1000) == 0 ? 0 : s.smallLong(144));
  }

  /** One of {@link Mode}'s types. */
  public int type() {
    return mode & Mode.TYPE;
  }

  public int permissions() {
    return mode & Mode.PERMISSIONS;
  }

  public boolean isDirectory() {
    return type() == Mode.DIRECTORY;
  }

  public boolean isFile() {
    return type() == Mode.FILE;
  }

  public boolean isSymlink() {
    return type() == Mode.SYMLINK;
  }

  /** How overlayfs keeps a whiteout: a character device 0:0. */
  public boolean isWhiteout() {
    return type() == Mode.CHARACTER && rdev == 0;
  }

  /** Whether both are the same file. */
  public boolean same(Stat other) {
    return dev == other.dev && ino == other.ino;
  }
}
