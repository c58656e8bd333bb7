package io.gantry.kit.rules;

import io.gantry.api.Digest;
import io.gantry.spi.layer.Taps;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Taps that count and hash as core's do, and remember how they were used. */
public class MeteredTaps implements Taps {
  private final int maxHeaderBytes;
  private final MessageDigest hash;
  private int streams;
  private long bytes;
  private long entries;
  private boolean ended;

  public MeteredTaps(int maxHeaderBytes) {
    this.maxHeaderBytes = maxHeaderBytes;
    try {
      hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  @Override
  public InputStream uncompressed(InputStream raw) throws IOException {
    streams++;
    return new FilterInputStream(raw) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] b, int off, int len) throws IOException {
        int n = super.read(b, off, len);
        if (n > 0) {
          hash.update(b, off, n);
          bytes += n;
        }
        ended |= n < 0;
        return n;
      }

      @Override
      public long skip(long n) throws IOException {
        return readNBytes((int) Math.min(n, 1 << 16)).length;
      }

      @Override
      public boolean markSupported() {
        return false;
      }
    };
  }

  @Override
  public void entry() throws IOException {
    entries++;
  }

  @Override
  public int maxHeaderBytes() {
    return maxHeaderBytes;
  }

  /** How often the uncompressed stream was asked for. */
  public int streams() {
    return streams;
  }

  /** Bytes of the tar that were read. */
  public long bytes() {
    return bytes;
  }

  public long entries() {
    return entries;
  }

  /** Whether the tar was read to its end. */
  public boolean ended() {
    return ended;
  }

  /** Digest of the tar as it was read; to be asked for once. */
  public Digest diffId() {
    return Digest.sha256(hash.digest());
  }
}
