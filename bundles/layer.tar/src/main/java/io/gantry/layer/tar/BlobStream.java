package io.gantry.layer.tar;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The blob, lent to a decompressor: never closed by it, and it remembers its own failure, so that a broken network is not taken for a
 * broken archive, whatever a decompressor makes of the exception.
 */
final class BlobStream extends FilterInputStream {
  private volatile IOException failure;

  BlobStream(InputStream blob) {
    super(blob);
  }

  @Override
  public int read() throws IOException {
    try {
      return super.read();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    try {
      return super.read(into, offset, count);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** What to throw for an exception that came out of a decompressor. */
  IOException blame(String format, IOException e) {
    if (failure != null) return failure;
    return e instanceof BrokenException ? e : new BrokenException(format + ": " + e.getMessage(), e);
  }

  /** @throws IOException the blob's own failure, where there was one */
  void check() throws IOException {
    if (failure != null) throw failure;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  @Override
  public void close() {
    // the blob is core's (L-7)
  }
}
