package io.gantry.layer.tar;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Uncompressed bytes; keeps failures of the blob and of the format apart. */
final class Inflated extends FilterInputStream {
  private final String format;
  private final BlobStream source;
  private final Runnable stop;

  /** @param stop makes a read that waits end; closing does the rest */
  Inflated(String format, InputStream in, BlobStream source, Runnable stop) {
    super(in);
    this.format = format;
    this.source = source;
    this.stop = stop;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    try {
      return in.read(into, offset, count);
    } catch (IOException e) {
      throw source.blame(format, e);
    }
  }

  /** To be called from another thread than the reader's, before close. */
  void stop() {
    stop.run();
  }
}
