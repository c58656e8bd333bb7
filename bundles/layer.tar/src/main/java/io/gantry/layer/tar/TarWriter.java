package io.gantry.layer.tar;

import io.gantry.api.InvalidException;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Writes entries as POSIX pax: what a ustar header can hold stands there, the rest in records before it. Names are bytes in either, so that
 * short ones in no encoding need no record, of which the standard says that they are UTF-8.
 */
final class TarWriter implements LayerSink {
  private static final byte[] ZEROS = new byte[TarHeader.BLOCK];
  private static final int WHITEOUT_MODE = 0;
  private final Compression out;
  private final byte[] buffer = new byte[1 << 16];

  TarWriter(Compression out) {
    this.out = out;
  }

  @Override
  public void entry(Entry e, InputStream data) throws IOException {
    if (TarLayer.isMark(e.name().last())) {
      throw new InvalidException("'" + e.name() + "' cannot be in a layer: a name that begins with .wh. says that another one is deleted");
    }
    write(e);
    if (e.type() == Entry.Type.FILE) data(e, data);
  }

  private void write(Entry e) throws IOException {
    PaxBuilder pax = new PaxBuilder();
    HeaderBuilder header = HeaderBuilder.of(e, pax);
    if (!pax.isEmpty()) {
      byte[] records = pax.bytes();
      out.write(HeaderBuilder.ofRecords(records.length), 0, TarHeader.BLOCK);
      out.write(records, 0, records.length);
      pad(records.length);
    }
    out.write(header.bytes(), 0, TarHeader.BLOCK);
  }

  private void data(Entry e, InputStream data) throws IOException {
    for (long left = e.size(); left > 0; ) {
      int n = data.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
      if (n == 0) throw new InvalidException("'" + e.name() + "' ends " + left + " bytes before its " + e.size());
      out.write(buffer, 0, n);
      left -= n;
    }
    pad(e.size());
  }

  private void pad(long size) throws IOException {
    int over = (int) (size % TarHeader.BLOCK);
    if (over > 0) out.write(ZEROS, 0, TarHeader.BLOCK - over);
  }

  @Override
  public void whiteout(Name name) throws IOException {
    mark(name.parent(), join(TarLayer.WHITEOUT, name.last()));
  }

  @Override
  public void opaque(Name directory) throws IOException {
    mark(directory, TarLayer.OPAQUE);
  }

  private void mark(Name folder, byte[] last) throws IOException {
    write(new Entry(folder.child(last), Entry.Type.FILE, WHITEOUT_MODE, 0, 0, 0, 0, 0, Optional.empty(), 0, 0, List.of()));
  }

  static byte[] join(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Override
  public void finish() throws IOException {
    out.write(ZEROS, 0, ZEROS.length);
    out.write(ZEROS, 0, ZEROS.length);
    out.finish();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
