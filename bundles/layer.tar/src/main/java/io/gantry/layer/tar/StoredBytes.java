package io.gantry.layer.tar;

import java.io.IOException;
import java.io.InputStream;

/** The bytes between two headers: as many as the header says, then zeros up to a whole block. */
final class StoredBytes extends InputStream {
  private final InputStream archive;
  private long left;
  private int padding;

  StoredBytes(InputStream archive, long size) {
    this.archive = archive;
    left = size;
    padding = (int) (-size & TarHeader.BLOCK - 1);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) return 0;
    if (left == 0) return -1;
    int n = archive.read(into, offset, (int) Math.min(count, left));
    if (n < 0) throw cut();
    left -= n;
    return n;
  }

  long left() {
    return left;
  }

  /** Goes to the next header, or to the end: some writers leave the last entry's padding out. */
  void skipRest() throws IOException {
    if (skipped(left) < left) throw cut();
    left = 0;
    skipped(padding);
    padding = 0;
  }

  private long skipped(long count) throws IOException {
    long done = 0;
    while (done < count) {
      long n = archive.skip(count - done);
      if (n <= 0) {
        if (archive.read() < 0) break;
        n = 1;
      }
      done += n;
    }
    return done;
  }

  static BrokenException cut() {
    return new BrokenException("the archive is cut short");
  }
}
