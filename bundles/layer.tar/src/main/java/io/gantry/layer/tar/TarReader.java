package io.gantry.layer.tar;

import io.gantry.api.ExhaustedException;
import io.gantry.spi.layer.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Walks over the entries of an archive: collects what extended headers say of the next entry, within a limit (L-6), and keeps the place.
 * An archive may end without its two empty blocks, but only between entries; whether that is all of it, its digest tells.
 */
final class TarReader {
  private final InputStream in;
  private final int maxHeaderBytes;
  private final byte[] block = new byte[TarHeader.BLOCK];
  private long number;
  private Optional<Entry> entry = Optional.empty();
  private InputStream data = InputStream.nullInputStream();
  private StoredBytes stored = new StoredBytes(InputStream.nullInputStream(), 0);

  TarReader(InputStream in, int maxHeaderBytes) {
    this.in = in;
    this.maxHeaderBytes = maxHeaderBytes;
  }

  /** Goes to the next entry, over what was not read of this one; empty at the end of the archive. */
  Optional<Entry> next() throws IOException {
    stored.skipRest();
    entry = Optional.empty();
    number++;
    Pending pending = new Pending();
    while (readBlock(!pending.isEmpty())) {
      TarHeader header = new TarHeader(block);
      if (header.isZero()) {
        end(pending);
        return Optional.empty();
      }
      header.verify();
      if (!extension(header, pending)) return Optional.of(begin(header, pending));
    }
    return Optional.empty();
  }

  /** The bytes of the entry that {@link #next} answered: as many as its size says. */
  InputStream data() {
    return data;
  }

  /** Where the reader is, for messages. */
  String where() {
    return "entry " + number + entry.map(e -> " ('" + e.name() + "')").orElse("");
  }

  private boolean extension(TarHeader header, Pending pending) throws IOException {
    char type = header.type();
    switch (type) {
      case 'x' -> {
        byte[] body = body(header, pending);
        pending.records.parse(body, body.length);
      }
      case 'L' -> pending.name = Optional.of(text(body(header, pending)));
      case 'K' -> pending.link = Optional.of(text(body(header, pending)));
      case 'g' -> {
        // changes nothing (L-8): what it may say of all entries, no writer of layers means
        new StoredBytes(in, limited(header, new Pending())).skipRest();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private byte[] body(TarHeader header, Pending pending) throws IOException {
    int size = limited(header, pending);
    StoredBytes body = new StoredBytes(in, size);
    byte[] bytes = body.readNBytes(size);
    body.skipRest();
    return bytes;
  }

  private int limited(TarHeader header, Pending pending) throws IOException {
    long size = header.size();
    if (size < 0) throw new BrokenException("an extended header of " + size + " bytes");
    pending.bytes += Math.min(size, Integer.MAX_VALUE);
    if (pending.bytes > maxHeaderBytes) {
      throw new ExhaustedException("reading a layer: " + where() + " has extended headers of " + pending.bytes + " bytes or more, at most "
          + maxHeaderBytes + " are allowed");
    }
    return (int) size;
  }

  private static byte[] text(byte[] body) {
    int end = 0;
    while (end < body.length && body[end] != 0) end++;
    return java.util.Arrays.copyOf(body, end);
  }

  private Entry begin(TarHeader header, Pending pending) throws IOException {
    EntryBuilder builder = new EntryBuilder(header, pending);
    long size = builder.storedSize();
    entry = Optional.of(builder.build(size)); // known by name from here on, also where its map is broken
    stored = new StoredBytes(in, size);
    data = stored;
    Optional<SparseMap> map = SparseMaps.read(header, pending.records, stored, this::nextBlock, maxHeaderBytes);
    if (map.isPresent()) {
      entry = Optional.of(builder.build(map.get().size()));
      data = new SparseStream(stored, map.get());
    }
    return entry.get();
  }

  /** Behind a first empty block comes a second, or nothing. */
  private void end(Pending pending) throws IOException {
    if (!pending.isEmpty()) throw new BrokenException("an extended header, then the end of the archive");
    if (readBlock(false) && !new TarHeader(block).isZero()) throw new BrokenException("one empty block amid the archive");
  }

  /** In an array of its own: the header of the entry is still being read from the block. */
  private byte[] nextBlock() throws IOException {
    byte[] next = new byte[TarHeader.BLOCK];
    if (in.readNBytes(next, 0, TarHeader.BLOCK) < TarHeader.BLOCK) throw StoredBytes.cut();
    return next;
  }

  /** @return false where the stream ends and that is allowed */
  private boolean readBlock(boolean needed) throws IOException {
    int n = in.readNBytes(block, 0, TarHeader.BLOCK);
    if (n == 0 && !needed) return false;
    if (n < TarHeader.BLOCK) throw StoredBytes.cut();
    return true;
  }

  /** What extended headers said of the entry to come. */
  static final class Pending {
    final PaxRecords records = new PaxRecords();
    Optional<byte[]> name = Optional.empty();
    Optional<byte[]> link = Optional.empty();
    private long bytes;

    boolean isEmpty() {
      return bytes == 0;
    }
  }
}
