package io.gantry.layer.tar;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Gzip with any number of members; bytes behind the last that are no member are ignored, as gzip(1) and igzip(1) do, and the beginning of
 * one is an error. The library takes several members too, and refuses all such bytes: so it is given one member at a time.
 */
final class Gunzip extends InputStream {
  private static final int BUFFER = 1 << 16;
  /** Members without a byte, one behind the other: they cost time, and no limit of bytes or entries counts them. */
  private static final int MAX_EMPTY = 1000;
  private final InputStream in;
  private InputStream member;
  private int empty;

  Gunzip(InputStream in) {
    this.in = new BufferedInputStream(in, BUFFER); // from which a member gives back what it read beyond its end
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) return 0;
    if (member == null) member = member();
    while (true) {
      int n = member.read(into, offset, count);
      if (n >= 0) empty = 0;
      if (n >= 0 || !follows()) return n;
      if (++empty > MAX_EMPTY) throw new IOException("more than " + MAX_EMPTY + " gzip members in a row are empty");
      member = member();
    }
  }

  private InputStream member() throws IOException {
    return GzipCompressorInputStream.builder().setInputStream(in).setBufferSize(BUFFER).setDecompressConcatenated(false).get();
  }

  private boolean follows() throws IOException {
    in.mark(2);
    byte[] magic = in.readNBytes(2);
    in.reset();
    if (magic.length == 1 && magic[0] == 0x1f) throw new EOFException("a member is cut short behind its first byte");
    return magic.length == 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
  }

  @Override
  public void close() throws IOException {
    if (member != null) member.close();
  }
}
