package io.gantry.layer.tar;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import io.gantry.spi.layer.Taps;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Layers as tar archives, plain or compressed by gzip or zstd, read and written. Bytes are inflated and hashed on one thread, entries are
 * read and handed over on the caller's; both are this call's own (L-9).
 */
public final class TarLayer implements LayerApplier, LayerWriter {
  private static final Pattern TYPES = Pattern.compile(
      "application/vnd\\.(oci\\.image\\.layer\\.(nondistributable\\.)?v1\\.tar|docker\\.image\\.rootfs\\.(foreign\\.)?diff\\.tar)([.+](gzip"
      + "|zstd))?");
  static final byte[] WHITEOUT = ".wh.".getBytes(StandardCharsets.US_ASCII);
  static final byte[] OPAQUE = ".wh..wh..opq".getBytes(StandardCharsets.US_ASCII);

  private final Decompression decompression;

  TarLayer(Decompression decompression) {
    this.decompression = decompression;
  }

  /** One for use without OSGi, as it is configured by default. */
  public static TarLayer ofDefaults() {
    return new TarLayer(new Decompression(Programs.igzip("auto"), 1 << 20));
  }

  @Override
  public boolean accepts(String mediaType) {
    return isLayer(mediaType);
  }

  static boolean isLayer(String mediaType) {
    return TYPES.matcher(mediaType).matches();
  }

  @Override
  public boolean writes(String mediaType) {
    return isLayer(mediaType);
  }

  @Override
  public LayerSink open(String mediaType, OutputStream blob, OutputStream plain) throws IOException {
    return new TarWriter(Compression.of(mediaType, blob, plain));
  }

  @Override
  public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
    String name = "layer-" + layer.digest().shortHex();
    try (Inflated raw = decompression.open(blob, layer.size());
        ReadAhead in = new ReadAhead(taps.uncompressed(raw), raw::stop, name)) {
      return read(new TarReader(in, taps.maxHeaderBytes()), in, taps, sink, name);
    } catch (BrokenException e) {
      throw new InvalidException("reading " + name + ": " + e.getMessage(), e);
    }
  }

  private static Applied read(TarReader tar, InputStream in, Taps taps, LayerSink sink, String name) throws IOException {
    long count = 0;
    try {
      for (Optional<Entry> e; (e = tar.next()).isPresent(); count++) {
        taps.entry();
        hand(e.get(), tar.data(), sink);
      }
      while (in.skip(Long.MAX_VALUE) > 0) continue; // what follows the end belongs to the diff id (L-3)
    } catch (BrokenException e) {
      throw new InvalidException("reading " + name + " at " + tar.where() + ": " + e.getMessage(), e);
    }
    return new Applied(count);
  }

  private static void hand(Entry e, InputStream data, LayerSink sink) throws IOException {
    byte[] last = e.name().last();
    if (!isMark(last)) {
      sink.entry(e, data);
    } else if (Arrays.equals(last, OPAQUE)) {
      sink.opaque(e.name().parent());
    } else {
      byte[] target = Arrays.copyOfRange(last, WHITEOUT.length, last.length);
      if (target.length == 0 || target[0] == '.' && (target.length == 1 || target.length == 2 && target[1] == '.')) {
        throw new BrokenException("a whiteout of '" + new String(target, StandardCharsets.US_ASCII) + "', expected a name");
      }
      sink.whiteout(e.name().parent().child(target));
    }
  }

  /** Whether a name is that of a whiteout or an opaque mark. */
  static boolean isMark(byte[] last) {
    return last.length >= WHITEOUT.length && Arrays.equals(last, 0, WHITEOUT.length, WHITEOUT, 0, WHITEOUT.length);
  }
}
