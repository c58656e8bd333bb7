package io.gantry.kit.rules;

import com.github.luben.zstd.ZstdOutputStream;
import io.gantry.api.InvalidException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.TarEntry;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import io.gantry.spi.layer.Name;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** The plainest writer that keeps all rules: the archive is kept in memory until it is finished. */
class PlainWriter extends PlainTar implements LayerWriter {
  @Override
  public boolean writes(String mediaType) {
    return mediaType.contains(".tar");
  }

  @Override
  public LayerSink open(String mediaType, OutputStream blob, OutputStream plain) throws IOException {
    if (!writes(mediaType)) throw new UnsupportedException(mediaType);
    return new Sink(mediaType, blob, plain);
  }

  /** An entry without its data. */
  TarEntry tar(Entry e) {
    char type = switch (e.type()) {
      case FILE -> '0';
      case HARDLINK -> '1';
      case SYMLINK -> '2';
      case CHARACTER -> '3';
      case BLOCK -> '4';
      case DIRECTORY -> '5';
      case FIFO -> '6';
    };
    TarEntry t = TarEntry.of(type, e.name().bytes()).mode(e.mode()).owner(e.uid(), e.gid()).mtime(e.mtimeSeconds(), e.mtimeNanos());
    e.link().ifPresent(t::link);
    if (e.type() == Entry.Type.CHARACTER || e.type() == Entry.Type.BLOCK) t.device(e.major(), e.minor());
    for (Entry.Xattr x : e.xattrs()) t.xattr(x.name(), x.value());
    return t;
  }

  TarEntry whiteout(Name name) {
    return mark(name);
  }

  private static TarEntry mark(Name name) {
    byte[] last = name.last();
    byte[] marked = new byte[last.length + 4];
    System.arraycopy(".wh.".getBytes(), 0, marked, 0, 4);
    System.arraycopy(last, 0, marked, 4, last.length);
    return TarEntry.file(name.parent().child(marked).bytes(), new byte[0]).mode(0).mtime(0, 0);
  }

  byte[] data(Entry e, InputStream data) throws IOException {
    byte[] all = data.readNBytes((int) e.size());
    if (all.length < e.size()) throw new InvalidException("'" + e.name() + "' ends early");
    return all;
  }

  OutputStream compressed(String mediaType, OutputStream to) throws IOException {
    if (mediaType.endsWith("gzip")) return new GZIPOutputStream(to);
    return mediaType.endsWith("zstd") ? new ZstdOutputStream(to) : to;
  }

  void done(OutputStream blob) throws IOException {
    blob.flush();
  }

  void closed(OutputStream blob) throws IOException {
    // it is the caller's
  }

  void check(Name name) throws IOException {
    if (new String(name.last(), java.nio.charset.StandardCharsets.ISO_8859_1).startsWith(".wh.")) throw new InvalidException("" + name);
  }

  private final class Sink implements LayerSink {
    private final ByteArrayOutputStream tar = new ByteArrayOutputStream();
    private final String mediaType;
    private final OutputStream blob;
    private final OutputStream plain;

    Sink(String mediaType, OutputStream blob, OutputStream plain) {
      this.mediaType = mediaType;
      this.blob = blob;
      this.plain = plain;
    }

    @Override
    public void entry(Entry e, InputStream data) throws IOException {
      check(e.name());
      TarEntry t = tar(e);
      if (e.type() == Entry.Type.FILE) t.data(data(e, data));
      tar.writeBytes(t.bytes());
    }

    @Override
    public void whiteout(Name name) {
      tar.writeBytes(PlainWriter.this.whiteout(name).bytes());
    }

    @Override
    public void opaque(Name directory) {
      tar.writeBytes(mark(directory.child(".wh..opq".getBytes())).bytes());
    }

    @Override
    public void finish() throws IOException {
      tar.write(new byte[1024]);
      plain.write(tar.toByteArray());
      var packed = new ByteArrayOutputStream();
      try (OutputStream to = compressed(mediaType, packed)) {
        tar.writeTo(to);
      }
      blob.write(packed.toByteArray());
      done(blob);
    }

    @Override
    public void close() throws IOException {
      closed(blob);
    }
  }
}
