package io.gantry.layer.tar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records of extended headers (POSIX pax): {@code LENGTH KEY=VALUE\n}. Values are bytes, whatever the standard says of UTF-8: names of
 * layers are in no encoding, and capabilities are binary. A later record of a key replaces an earlier one; an empty value takes it back,
 * but that of an extended attribute, which may be empty.
 */
final class PaxRecords {
  static final String XATTR = "SCHILY.xattr.";
  private final Map<String, byte[]> values = new LinkedHashMap<>(); // keys as ISO-8859-1, so that no byte is lost
  private final List<byte[]> sparse = new ArrayList<>();

  /** Adds the records of one header. */
  void parse(byte[] all, int length) throws BrokenException {
    int at = 0;
    while (at < length) {
      int space = at;
      while (space < length && all[space] >= '0' && all[space] <= '9' && space - at < 10) space++;
      if (space == at || space >= length || all[space] != ' ') throw broken(all, at, length);
      long size = Numbers.decimal(all, at, space, "length of a PAX record");
      int equals = space + 1;
      while (equals < length && all[equals] != '=' && equals - at < size) equals++;
      long end = at + size;
      if (end > length || equals >= end - 1 || equals == space + 1 || all[(int) end - 1] != '\n') throw broken(all, at, length);
      put(latin(all, space + 1, equals), Arrays.copyOfRange(all, equals + 1, (int) end - 1));
      at = (int) end;
    }
  }

  private void put(String key, byte[] value) throws BrokenException {
    if (key.indexOf(0) >= 0) throw new BrokenException("a PAX record's key has a NUL byte");
    if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
      if (key.endsWith("offset") != (sparse.size() % 2 == 0)) throw new BrokenException("PAX records of a sparse file are out of order");
      sparse.add(value);
    } else if (value.length == 0 && !key.startsWith(XATTR) && !isNumber(key)) {
      values.remove(key);
    } else {
      values.put(key, value);
    }
  }

  /** An empty number means nothing, and a file of a wrong size is worse than none. */
  private static boolean isNumber(String key) {
    return key.equals("size");
  }

  Optional<byte[]> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** The whole number of this key, or what the header says. */
  long number(String key, long header) throws BrokenException {
    byte[] value = values.get(key);
    return value == null ? header : Numbers.decimal(value, key);
  }

  Map<String, byte[]> all() {
    return values;
  }

  /** Offsets and lengths of a sparse file of version 0.0, in turn. */
  List<byte[]> sparse() {
    return sparse;
  }

  boolean isEmpty() {
    return values.isEmpty() && sparse.isEmpty();
  }

  private static BrokenException broken(byte[] all, int at, int length) {
    return new BrokenException("PAX record '" + Numbers.shown(Arrays.copyOfRange(all, at, Math.min(length, at + 41)))
        + "' is not LENGTH KEY=VALUE with a line end");
  }

  private static String latin(byte[] all, int from, int to) {
    return new String(all, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
