package io.gantry.linux;

import java.io.IOException;

/**
 * What statfs(2) tells of a file system.
 *
 * @param type magic number: {@link #EXT4} …
 * @param blockSize bytes
 * @param blocks in all
 * @param available to users that are not root
 * @param files inodes in all; 0 where the file system makes them as needed
 */
public record StatFs(long type, long blockSize, long blocks, long free, long available, long files, long freeFiles, long nameMax) {
  public static final long EXT4 = 0xef53;
  public static final long XFS = 0x58465342L;
  public static final long BTRFS = 0x9123683eL;
  public static final long TMPFS = 0x01021994L;
  public static final long OVERLAY = 0x794c7630L;
  public static final long EROFS = 0xe0f5e1e2L;

  public static StatFs of(Fd file) throws IOException {
    return Blocking.call(() -> {
      Scratch s = Scratch.take();
      int r = Libc.result(Libc.fstatfs(file.raw(), s.small()));
      var answer = new StatFs(
          s.smallLong(0) & 0xffffffffL, s.smallLong(8), s.smallLong(16), s.smallLong(24), s.smallLong(32), s.smallLong(40), s.smallLong(48),
          s.smallLong(64));
      ErrnoException.check(s.give(r), "statfs");
      return answer;
    });
  }
}
