package io.gantry.layer.tar;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** A sparse file as its reader sees it, with zeros for holes. */
final class SparseStream extends InputStream {
  private final InputStream stored;
  private final SparseMap map;
  private long position;
  private int chunk;

  SparseStream(InputStream stored, SparseMap map) {
    this.stored = stored;
    this.map = map;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) return 0;
    if (position == map.size()) return -1;
    while (chunk < map.count() && position >= map.end(chunk)) chunk++;
    boolean data = chunk < map.count() && position >= map.offset(chunk);
    long edge = data ? map.end(chunk) : chunk < map.count() ? map.offset(chunk) : map.size();
    int n = (int) Math.min(count, edge - position);
    if (data) {
      n = stored.read(into, offset, n);
      if (n < 0) throw new BrokenException("the data of a sparse file are cut short");
    } else {
      Arrays.fill(into, offset, offset + n, (byte) 0);
    }
    position += n;
    return n;
  }
}
