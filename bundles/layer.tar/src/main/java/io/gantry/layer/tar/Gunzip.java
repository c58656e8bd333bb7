package io.gantry.layer.tar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Gzip (RFC 1952) with any number of members; bytes behind the last that are no member are ignored, as gzip(1) does. Java's own
 * GZIPInputStream looks at {@code available()} to find the next member, which a network stream does not know.
 */
final class Gunzip extends InputStream {
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int EXTRA = 4;
  private static final int HEADER_CRC = 2;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private boolean inMember;
  private boolean first = true;
  private boolean done;

  Gunzip(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) return 0;
    while (!done) {
      if (!inMember && !begin()) break;
      int n = inflate(into, offset, count);
      if (n > 0) return n;
    }
    return -1;
  }

  private int inflate(byte[] into, int offset, int count) throws IOException {
    try {
      while (true) {
        int n = inflater.inflate(into, offset, count);
        if (n > 0) {
          crc.update(into, offset, n);
          return n;
        }
        if (inflater.finished()) {
          finish();
          return 0;
        }
        if (inflater.needsDictionary()) throw new BrokenException("gzip: a preset dictionary is asked for");
        if (!fill()) throw new EOFException("the compressed bytes are cut short");
        inflater.setInput(buffer, at, end - at);
        at = end;
      }
    } catch (DataFormatException e) {
      throw new BrokenException("gzip: " + e.getMessage(), e);
    }
  }

  /** Reads a member's header; false where none follows. */
  private boolean begin() throws IOException {
    int id1 = next();
    int id2 = id1 == 0x1f ? next() : -1;
    if (id1 != 0x1f || id2 != 0x8b) {
      if (first) throw new BrokenException("gzip: no header");
      done = true;
      return false;
    }
    if (need() != 8) throw new BrokenException("gzip: a method other than deflate");
    int flags = need();
    skip(6);
    if ((flags & EXTRA) != 0) skip(need() | need() << 8);
    if ((flags & NAME) != 0) skipText();
    if ((flags & COMMENT) != 0) skipText();
    if ((flags & HEADER_CRC) != 0) skip(2);
    inflater.reset();
    inflater.setInput(buffer, at, end - at);
    at = end;
    crc.reset();
    inMember = true;
    first = false;
    return true;
  }

  private void finish() throws IOException {
    at = end - inflater.getRemaining();
    long sum = word();
    long size = word();
    if (sum != crc.getValue()) throw new BrokenException("gzip: checksum differs");
    if (size != (inflater.getBytesWritten() & 0xffffffffL)) throw new BrokenException("gzip: length differs");
    inMember = false;
  }

  private long word() throws IOException {
    return need() | need() << 8 | need() << 16 | (long) need() << 24;
  }

  private void skipText() throws IOException {
    while (need() != 0) continue;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) need();
  }

  private int need() throws IOException {
    int b = next();
    if (b < 0) throw new EOFException("the compressed bytes are cut short");
    return b;
  }

  private int next() throws IOException {
    return at < end || fill() ? buffer[at++] & 0xff : -1;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  @Override
  public void close() {
    inflater.end();
  }
}
