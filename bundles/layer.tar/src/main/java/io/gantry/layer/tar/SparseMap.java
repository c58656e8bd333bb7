package io.gantry.layer.tar;

import java.util.Arrays;

/** Where the data of a file with holes go (L-8): chunks in order, without overlap, within the file's real size. */
final class SparseMap {
  private final int most;
  private long[] offsets = new long[4];
  private long[] lengths = new long[4];
  private int count;
  private long size = -1;

  /** @param maxBytes the most that a map may take in memory */
  SparseMap(int maxBytes) {
    most = Math.max(4, maxBytes / (2 * Long.BYTES));
  }

  void add(long offset, long length) throws BrokenException {
    if (count == most) throw new BrokenException("a sparse file has more than " + most + " chunks");
    if (offset < 0 || length < 0 || offset + length < 0) {
      throw new BrokenException("chunk of a sparse file at " + offset + " with " + length + " bytes");
    }
    if (count > 0 && offset < end(count - 1)) throw new BrokenException("chunk of a sparse file at " + offset
        + " begins before the end of the last, "
        + end(count - 1));
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
    }
    offsets[count] = offset;
    lengths[count++] = length;
  }

  /** Sets the size with all holes and checks the map against it and against the bytes that are in the archive. */
  void complete(long realSize, long stored) throws BrokenException {
    if (realSize < 0) throw new BrokenException("a sparse file of " + realSize + " bytes");
    long sum = 0;
    for (int i = 0; i < count; i++) sum += lengths[i];
    if (count > 0 && end(count - 1) > realSize) {
      throw new BrokenException("chunk of a sparse file ends at " + end(count - 1) + ", its size is " + realSize);
    }
    if (sum > stored || stored - sum >= TarHeader.BLOCK * (long) Math.max(1, count)) {
      throw new BrokenException("chunks of a sparse file have " + sum + " bytes, the archive has " + stored);
    }
    size = realSize;
  }

  long size() {
    return size;
  }

  int count() {
    return count;
  }

  long offset(int i) {
    return offsets[i];
  }

  long end(int i) {
    return offsets[i] + lengths[i];
  }
}
