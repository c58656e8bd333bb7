package io.gantry.resolver.docker;

import io.gantry.api.Descriptor;
import io.gantry.api.UnavailableException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/** A body that fails where it ends too early (R-2: a short body is not hidden), or where its time is up. */
final class SizedStream extends FilterInputStream {
  private final String host;
  private final Descriptor descriptor;
  private final Instant deadline;
  private long at;

  SizedStream(InputStream in, String host, Descriptor descriptor, long offset, Instant deadline) {
    super(in);
    this.host = host;
    this.descriptor = descriptor;
    this.deadline = deadline;
    this.at = offset;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (deadline != Instant.MAX && Instant.now().isAfter(deadline)) {
      throw new UnavailableException("the time for " + descriptor.digest() + " from " + host + " is up after " + at + " of "
          + descriptor.size() + " bytes");
    }
    int n = super.read(into, offset, length);
    if (n > 0) at += n;
    if (n < 0 && at < descriptor.size()) {
      throw new UnavailableException(host + " ended " + descriptor.digest() + " after " + at + " of " + descriptor.size() + " bytes");
    }
    return n;
  }

  @Override
  public long skip(long n) throws IOException {
    return n <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(n, 8192)]));
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
