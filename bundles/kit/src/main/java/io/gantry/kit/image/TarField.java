package io.gantry.kit.image;

/** The fields of a tar header, as ustar lays them out in its 512 bytes. */
public enum TarField {
  NAME(0, 100),
  MODE(100, 8),
  UID(108, 8),
  GID(116, 8),
  SIZE(124, 12),
  MTIME(136, 12),
  CHECKSUM(148, 8),
  TYPE(156, 1),
  LINK(157, 100),
  MAGIC(257, 6),
  VERSION(263, 2),
  UNAME(265, 32),
  GNAME(297, 32),
  MAJOR(329, 8),
  MINOR(337, 8),
  PREFIX(345, 155);

  final int offset;
  final int width;

  TarField(int offset, int width) {
    this.offset = offset;
    this.width = width;
  }
}
