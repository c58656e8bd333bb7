package io.gantry.api;

/**
 * What something takes on disk, without its parents.
 *
 * @param sizeBytes bytes of blocks, or payload bytes where the driver cannot tell blocks
 * @param inodes files, folders and other entries
 */
public record Usage(long sizeBytes, long inodes) {
  public static final Usage NONE = new Usage(0, 0);

  public Usage {
    if (sizeBytes < 0 || inodes < 0) throw new IllegalArgumentException("usage of " + sizeBytes + " bytes, " + inodes + " inodes");
  }

  public Usage plus(Usage other) {
    return new Usage(sizeBytes + other.sizeBytes, inodes + other.inodes);
  }
}
