package io.gantry.layer.tar;

import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.Taps;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/** A sink and taps that write down what came. */
class Recording implements LayerSink, Taps {
  final List<String> lines = new ArrayList<>();
  final List<Entry> entries = new ArrayList<>();
  final List<byte[]> data = new ArrayList<>();
  private final MessageDigest hash;
  int counted;
  long uncompressed;

  Recording() {
    try {
      hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void entry(Entry e, InputStream in) throws IOException {
    byte[] bytes = in.readAllBytes();
    if (e.type() == Entry.Type.FILE && bytes.length != e.size()) {
      throw new AssertionError(e.name() + " has " + bytes.length + ", says " + e.size());
    }
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entries.add(e);
    data.add(bytes);
    lines.add(e.type() + " " + hex(e.name().bytes()) + " " + Integer.toOctalString(e.mode()) + " " + e.uid() + ":" + e.gid() + " "
        + e.size() + " "
        + e.mtimeSeconds() + "." + e.mtimeNanos() + " " + e.link().map(Recording::hex).orElse("-") + " " + e.major() + "," + e.minor() + " "
        + e.xattrs().stream().map(x -> hex(x.name()) + "=" + hex(x.value())).toList() + " " + crc.getValue());
  }

  @Override
  public void whiteout(Name name) {
    lines.add("whiteout " + name);
  }

  @Override
  public void opaque(Name directory) {
    lines.add("opaque " + directory);
  }

  @Override
  public void finish() {
    throw new AssertionError("finish is core's (L-7)");
  }

  @Override
  public void close() {
    throw new AssertionError("close is core's (L-7)");
  }

  @Override
  public InputStream uncompressed(InputStream raw) {
    return new FilterInputStream(raw) {
      @Override
      public int read() {
        throw new AssertionError("byte by byte");
      }

      @Override
      public int read(byte[] into, int offset, int count) throws IOException {
        int n = super.read(into, offset, count);
        if (n > 0) hash.update(into, offset, n);
        uncompressed += Math.max(n, 0);
        return n;
      }
    };
  }

  @Override
  public void entry() {
    counted++;
  }

  @Override
  public int maxHeaderBytes() {
    return 1 << 20;
  }

  String diffId() {
    return "sha256:" + HexFormat.of().formatHex(hash.digest());
  }

  private static String hex(byte[] b) {
    return HexFormat.of().formatHex(b);
  }
}
