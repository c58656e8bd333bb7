package io.gantry.layer.tar;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** Finds the map of a sparse file in each of the four forms that GNU tar has written: its own, and PAX 0.0, 0.1 and 1.0. */
final class SparseMaps {
  private SparseMaps() {}

  /** More blocks behind a header. */
  @FunctionalInterface
  interface Blocks {
    byte[] next() throws IOException;
  }

  /**
   * @param stored the entry's bytes in the archive, of which a map of form 1.0 is read away
   * @return empty for a file without holes
   */
  static Optional<SparseMap> read(TarHeader header, PaxRecords records, StoredBytes stored, Blocks blocks, int maxBytes)
      throws IOException {
    SparseMap map = new SparseMap(maxBytes);
    if (header.type() == 'S') {
      boolean more = header.sparse(map);
      long size = header.sparseSize();
      while (more) more = TarHeader.moreSparse(blocks.next(), map);
      map.complete(size, stored.left());
    } else if (is(records, "GNU.sparse.major", "1") && is(records, "GNU.sparse.minor", "0")) {
      inFront(new Lines(stored, maxBytes), map);
      map.complete(records.number("GNU.sparse.realsize", records.number("GNU.sparse.size", -1)), stored.left());
    } else if (records.find("GNU.sparse.map").isPresent() || !records.sparse().isEmpty()) {
      inRecords(records, map);
      map.complete(records.number("GNU.sparse.size", records.number("GNU.sparse.realsize", -1)), stored.left());
    } else {
      return Optional.empty();
    }
    return Optional.of(map);
  }

  private static boolean is(PaxRecords records, String key, String value) {
    return records.find(key).filter(v -> value.equals(Numbers.shown(v))).isPresent();
  }

  private static void inRecords(PaxRecords records, SparseMap map) throws BrokenException {
    List<byte[]> pairs = records.sparse();
    if (records.find("GNU.sparse.map").isPresent()) pairs = split(records.find("GNU.sparse.map").get());
    if (pairs.size() % 2 != 0) throw new BrokenException("the map of a sparse file has " + pairs.size() + " numbers, expected pairs");
    long said = records.number("GNU.sparse.numblocks", pairs.size() / 2);
    if (said != pairs.size() / 2) {
      throw new BrokenException("the map of a sparse file has " + pairs.size() / 2 + " chunks, expected " + said);
    }
    for (int i = 0; i < pairs.size(); i += 2) map.add(number(pairs.get(i)), number(pairs.get(i + 1)));
  }

  private static List<byte[]> split(byte[] map) {
    List<byte[]> all = new java.util.ArrayList<>();
    for (int from = 0, i = 0; i <= map.length; i++) {
      if (i < map.length && map[i] != ',') continue;
      all.add(java.util.Arrays.copyOfRange(map, from, i));
      from = i + 1;
    }
    return all;
  }

  /** Lines of numbers: how many chunks, then offset and length of each; then zeros up to a whole block. */
  private static void inFront(Lines lines, SparseMap map) throws IOException {
    long count = lines.next();
    for (long i = 0; i < count; i++) map.add(lines.next(), lines.next());
    lines.finish();
  }

  private static long number(byte[] text) throws BrokenException {
    return Numbers.decimal(text, "the map of a sparse file");
  }

  private static final class Lines {
    private final InputStream in;
    private final int most;
    private int read;

    Lines(InputStream in, int most) {
      this.in = in;
      this.most = most;
    }

    long next() throws IOException {
      byte[] line = new byte[20];
      for (int n = 0; n < line.length; n++) {
        int b = in.read();
        if (b < 0 || ++read > most) throw new BrokenException("the map of a sparse file has no end");
        if (b == '\n') return number(java.util.Arrays.copyOf(line, n));
        line[n] = (byte) b;
      }
      throw new BrokenException("the map of a sparse file has a line of more than 20 bytes");
    }

    void finish() throws IOException {
      int rest = -read & TarHeader.BLOCK - 1;
      if (in.readNBytes(rest).length < rest) throw new BrokenException("the map of a sparse file ends within a block");
    }
  }
}
