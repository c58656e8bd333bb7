package io.gantry.api;

/**
 * What one snapshot takes on disk, without its parents. What a layer takes on its way is {@link Descriptor#size}.
 *
 * @param sizeBytes bytes of the blocks that it takes: none for a hole, and where the file system compresses, those after it; where a driver
 *     cannot tell blocks, the lengths of its files
 * @param inodes files, folders and other entries, each once however many names it has; the root folder is one of them
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
