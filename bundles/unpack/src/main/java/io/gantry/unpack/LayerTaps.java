package io.gantry.unpack;

import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.spi.layer.Taps;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** Meters of one application: counts the compressed bytes, bounds and hashes the uncompressed ones. */
final class LayerTaps implements Taps {
  private final Limits limits;
  private final Digest diffId;
  private final String layer;
  private final LongConsumer progress;
  private final MessageDigest hash;
  private volatile long compressed;
  private long uncompressed;
  private long entries;
  private boolean tapped;

  LayerTaps(Limits limits, Digest layer, Digest diffId, LongConsumer progress) {
    this.limits = limits;
    this.diffId = diffId;
    this.layer = "layer " + layer;
    this.progress = progress;
    try {
      this.hash = MessageDigest.getInstance(diffId.jca());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no " + diffId.algorithm(), e);
    }
  }

  /** The blob's bytes, counted; never more than {@code size}. */
  InputStream compressed(InputStream blob, long size) {
    return new FilterInputStream(blob) {
      @Override
      public int read() throws IOException {
        int b = super.read();
        if (b >= 0) count(1);
        return b;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int n = super.read(into, offset, length);
        if (n > 0) count(n);
        return n;
      }

      private void count(int n) throws IOException {
        compressed += n;
        if (compressed > size) throw new ExhaustedException(layer + " has more than the " + size + " bytes its descriptor says");
        progress.accept(compressed);
      }
    };
  }

  @Override
  public InputStream uncompressed(InputStream raw) {
    if (tapped) throw new IllegalStateException("a driver taps the uncompressed stream once (L-3)");
    tapped = true;
    return new FilterInputStream(raw) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int n = super.read(into, offset, length);
        if (n > 0) {
          hash.update(into, offset, n);
          grown(n);
        }
        return n;
      }

      @Override
      public long skip(long n) throws IOException {
        byte[] away = new byte[(int) Math.min(n, 64 * 1024)];
        int got = read(away, 0, away.length);
        return Math.max(got, 0);
      }
    };
  }

  private void grown(int n) throws ExhaustedException {
    uncompressed += n;
    if (uncompressed > limits.maxBytes()) {
      throw new ExhaustedException(layer + " unpacks to more than " + limits.maxBytes() + " bytes (unpack.cfg: max.bytes)");
    }
    if (uncompressed > limits.ratioFromBytes() && uncompressed / Math.max(1, compressed) > limits.maxRatio()) {
      throw new ExhaustedException(layer + " unpacks to more than " + limits.maxRatio() + " times its size (unpack.cfg: max.ratio)");
    }
  }

  @Override
  public void entry() throws ExhaustedException {
    if (++entries > limits.maxEntries()) {
      throw new ExhaustedException(layer + " has more than " + limits.maxEntries() + " entries (unpack.cfg: max.entries)");
    }
  }

  @Override
  public int maxHeaderBytes() {
    return limits.maxHeaderBytes();
  }

  /** Bytes that were read uncompressed. */
  long size() {
    return uncompressed;
  }

  /** Digest of what was read uncompressed. */
  Digest actual() {
    return new Digest(diffId.algorithm(), HexFormat.of().formatHex(hash.digest()));
  }
}
