package io.gantry.layer.tar;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.gantry.api.UnsupportedException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** Where an archive goes: as it is to one stream, and as its media type says to another; neither is closed here. */
final class Compression implements Closeable {
  private static final int BUFFER = 1 << 16;
  private static final int ZSTD_LEVEL = 3;

  /** What is behind a compressor: bytes that it gives up at its close are written nowhere. */
  private static final class Blob extends OutputStream {
    private final OutputStream to;
    private boolean ended;

    Blob(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      if (!ended) to.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      if (!ended) to.write(bytes, offset, count);
    }
  }

  private final Blob blob;
  private final OutputStream compressed;
  private final OutputStream plain;

  private Compression(Blob blob, OutputStream compressed, OutputStream plain) {
    this.blob = blob;
    this.compressed = compressed;
    this.plain = plain;
  }

  /** @throws UnsupportedException it is no layer's */
  static Compression of(String mediaType, OutputStream blob, OutputStream plain) throws IOException {
    if (!TarLayer.isLayer(mediaType)) throw new UnsupportedException("layers of type " + mediaType + " are not written as tar");
    var end = new Blob(blob);
    if (mediaType.endsWith("gzip")) return new Compression(end, new GZIPOutputStream(end, BUFFER), plain);
    if (mediaType.endsWith("zstd")) return new Compression(end, new ZstdOutputStreamNoFinalizer(end, ZSTD_LEVEL), plain);
    return new Compression(end, end, plain);
  }

  void write(byte[] bytes, int offset, int count) throws IOException {
    plain.write(bytes, offset, count);
    compressed.write(bytes, offset, count);
  }

  /** All bytes are written to both streams. */
  void finish() throws IOException {
    if (compressed instanceof GZIPOutputStream gzip) gzip.finish();
    else compressed.close(); // of which a zstd frame gets its end; the blob stays open
    blob.ended = true;
    plain.flush();
    blob.to.flush();
  }

  @Override
  public void close() throws IOException {
    blob.ended = true;
    compressed.close();
  }
}
