package io.gantry.kit.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file with holes, in each of the four forms that writers use.
 *
 * @param name where it goes
 * @param size bytes with all holes
 * @param chunks what is not a hole, in order; all but the last of whole blocks, since writers of these forms begin each at a block and
 *     readers differ where one does not end there
 */
public record Sparse(String name, long size, List<Chunk> chunks) {
  /** Bytes at an offset. */
  public record Chunk(long offset, byte[] data) {
    long end() {
      return offset + data.length;
    }
  }

  public Sparse {
    for (Chunk c : chunks.subList(0, Math.max(0, chunks.size() - 1))) {
      if (c.data.length % TarHeader.BLOCK != 0) throw new IllegalArgumentException("the chunk at " + c.offset + " is not of whole blocks");
    }
    List<Chunk> all = new ArrayList<>(chunks);
    // a hole at the end is said by a chunk of nothing behind it
    if (all.isEmpty() || all.getLast().end() < size) all.add(new Chunk(size, new byte[0]));
    chunks = List.copyOf(all);
  }

  /** The bytes a reader must see. */
  public byte[] expanded() {
    byte[] all = new byte[Math.toIntExact(size)];
    for (Chunk c : chunks) System.arraycopy(c.data, 0, all, (int) c.offset, c.data.length);
    return all;
  }

  /** GNU's old form: type S, four chunks in the header, 21 in each block that follows. */
  public byte[] gnu() {
    TarHeader h = new TarHeader(TarStyle.GNU);
    h.put(TarField.NAME, TarEntry.utf8(name));
    h.put(TarField.TYPE, new byte[] {'S'});
    h.octal(TarField.MODE, 0644);
    h.octal(TarField.UID, 0);
    h.octal(TarField.GID, 0);
    h.octal(TarField.MTIME, TarEntry.EPOCH);
    byte[] data = data();
    h.octal(TarField.SIZE, data.length);
    for (int i = 0; i < Math.min(4, chunks.size()); i++) h.put(386 + 24 * i, 24, pair(chunks.get(i)));
    if (chunks.size() > 4) h.put(482, 1, new byte[] {1});
    h.put(483, 12, TarHeader.octal(12, size));
    byte[] more = {};
    for (int from = 4; from < chunks.size(); from += 21) {
      byte[] block = new byte[TarHeader.BLOCK];
      for (int i = 0; i < 21 && from + i < chunks.size(); i++) System.arraycopy(pair(chunks.get(from + i)), 0, block, 24 * i, 24);
      if (from + 21 < chunks.size()) block[504] = 1;
      more = Pax.join(more, block);
    }
    return Pax.join(h.checksum().bytes(), more, data, TarEntry.padding(data.length));
  }

  /** PAX 0.0: one pair of records per chunk. */
  public byte[] pax00() {
    Pax p = new Pax().put("GNU.sparse.size", "" + size).put("GNU.sparse.numblocks", "" + chunks.size());
    for (Chunk c : chunks) p.put("GNU.sparse.offset", "" + c.offset).put("GNU.sparse.numbytes", "" + c.data.length);
    return TarEntry.file(name, data()).pax(p).bytes();
  }

  /** PAX 0.1: the map in one record, the real name in another. */
  public byte[] pax01() {
    var map = new StringBuilder();
    for (Chunk c : chunks) map.append(map.isEmpty() ? "" : ",").append(c.offset).append(',').append(c.data.length);
    Pax p = new Pax().put("GNU.sparse.size", "" + size).put("GNU.sparse.numblocks", "" + chunks.size())
        .put("GNU.sparse.map", map.toString()).put("GNU.sparse.name", name);
    return TarEntry.file("GNUSparseFile.0/" + hidden(), data()).pax(p).bytes();
  }

  /** PAX 1.0: the map in front of the data, in whole blocks. */
  public byte[] pax10() {
    var map = new StringBuilder(chunks.size() + "\n");
    for (Chunk c : chunks) map.append(c.offset).append('\n').append(c.data.length).append('\n');
    byte[] head = TarHeader.ascii(map.toString());
    Pax p = new Pax().put("GNU.sparse.major", "1").put("GNU.sparse.minor", "0").put("GNU.sparse.name", name)
        .put("GNU.sparse.realsize", "" + size);
    return TarEntry.file("GNUSparseFile.0/" + hidden(), Pax.join(head, TarEntry.padding(head.length), data())).pax(p).bytes();
  }

  private String hidden() {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private byte[] data() {
    return Pax.join(chunks.stream().map(Chunk::data).toArray(byte[][]::new));
  }

  private static byte[] pair(Chunk c) {
    return Pax.join(TarHeader.octal(12, c.offset), TarHeader.octal(12, c.data.length));
  }

  @Override
  public String toString() {
    return name + " of " + size + " bytes in " + Arrays.toString(chunks.stream().mapToLong(Chunk::offset).toArray());
  }
}
