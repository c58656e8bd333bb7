package io.gantry.kit.rules;

import com.github.luben.zstd.ZstdInputStream;
import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.Taps;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** The plainest applier that keeps all rules: files are kept in memory as a whole. */
class PlainTar implements LayerApplier {
  private static final String XATTR = "SCHILY.xattr.";

  /** What extended headers said of the next entry; keys and values as Latin-1 text, which keeps every byte. */
  static final class Extra {
    final Map<String, String> records = new LinkedHashMap<>();
    final List<long[]> chunks = new ArrayList<>();
    int bytes;
  }

  @Override
  public boolean accepts(String mediaType) {
    return mediaType.contains(".tar");
  }

  @Override
  public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
    InputStream in = taps.uncompressed(plain(layer, blob));
    long entries = 0;
    Extra extra = new Extra();
    for (byte[] h = block(in); h != null; h = block(in)) {
      if (Arrays.equals(h, new byte[512])) {
        if (extra.bytes > 0) throw new InvalidException("the archive ends behind an extended header");
        in.transferTo(java.io.OutputStream.nullOutputStream());
        return new Applied(entries);
      }
      verify(h);
      if (extension(h, in, extra, taps.maxHeaderBytes())) continue;
      taps.entry();
      entries++;
      hand(h, in, extra, sink);
      extra = new Extra();
    }
    if (extra.bytes > 0) throw new InvalidException("the archive ends behind an extended header");
    return new Applied(entries);
  }

  InputStream plain(Descriptor layer, InputStream blob) throws IOException {
    var in = new BufferedInputStream(blob, 1 << 16);
    in.mark(8);
    String magic = HexFormat.of().formatHex(in.readNBytes(4));
    in.reset();
    if (magic.startsWith("1f8b")) return translated(new GZIPInputStream(in));
    if (magic.equals("28b52ffd") || magic.endsWith("2a4d18")) return translated(new ZstdInputStream(in));
    return in;
  }

  /** What decompressors throw is no error of ours yet. */
  static InputStream translated(InputStream in) {
    return new java.io.FilterInputStream(in) {
      @Override
      public int read(byte[] b, int off, int len) throws IOException {
        try {
          return super.read(b, off, len);
        } catch (GantryException e) {
          throw e;
        } catch (IOException e) {
          throw new InvalidException("the compressed bytes are broken: " + e.getMessage(), e);
        }
      }
    };
  }

  void verify(byte[] h) throws IOException {
    int sum = 0;
    for (int i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? ' ' : h[i] & 0xff;
    if (number(h, 148, 8) != sum) throw new InvalidException("a header's checksum is " + number(h, 148, 8) + ", expected " + sum);
  }

  private boolean extension(byte[] h, InputStream in, Extra extra, int most) throws IOException {
    if ("xgLK".indexOf(h[156]) < 0) return false;
    long size = number(h, 124, 12);
    limit(extra.bytes + size, most);
    byte[] body = data(in, size);
    if (h[156] == 'g') return true;
    extra.bytes += body.length;
    if (h[156] == 'x') records(body, extra);
    else extra.records.put(h[156] == 'L' ? "path" : "linkpath", latin(body, 0, end(body, 0, body.length)));
    return true;
  }

  void limit(long size, int most) throws IOException {
    if (size < 0) throw new InvalidException("an extended header of " + size + " bytes");
    if (size > most) throw new ExhaustedException("extended headers of " + size + " bytes, at most " + most);
  }

  private static void records(byte[] body, Extra extra) throws IOException {
    for (int at = 0; at < body.length; ) {
      int blank = at;
      while (blank < body.length && blank - at < 10 && body[blank] >= '0' && body[blank] <= '9') blank++;
      if (blank == at || blank == body.length || body[blank] != ' ') throw new InvalidException("a PAX record has no length");
      int next = at + (int) Math.min(Integer.MAX_VALUE / 2, Long.parseLong(latin(body, at, blank)));
      if (next <= blank + 2 || next > body.length || body[next - 1] != '\n') throw new InvalidException("a PAX record's length is wrong");
      String text = latin(body, blank + 1, next - 1);
      int eq = text.indexOf('=');
      if (eq < 1) throw new InvalidException("a PAX record has no '='");
      String key = text.substring(0, eq);
      String value = text.substring(eq + 1);
      if (key.equals("GNU.sparse.offset")) extra.chunks.add(new long[] {decimal(value), 0});
      else if (key.equals("GNU.sparse.numbytes") && !extra.chunks.isEmpty()) extra.chunks.getLast()[1] = decimal(value);
      else extra.records.put(key, value);
      at = next;
    }
  }

  private void hand(byte[] h, InputStream in, Extra extra, LayerSink sink) throws IOException {
    Map<String, String> r = extra.records;
    long size = r.containsKey("size") ? decimal(r.get("size")) : number(h, 124, 12);
    if (size < 0 || size > 64 << 20) throw new InvalidException("a file of " + size + " bytes");
    boolean gnu = h[156] == 'S';
    for (int i = 0; gnu && i < 4 && h[386 + 24 * i] != 0; i++) {
      extra.chunks.add(new long[] {number(h, 386 + 24 * i, 12), number(h, 398 + 24 * i, 12)});
    }
    for (boolean more = gnu && h[482] != 0; more; ) {
      byte[] b = block(in);
      if (b == null) throw new InvalidException("the map of a sparse file has no end");
      for (int i = 0; i < 21 && b[24 * i] != 0; i++) extra.chunks.add(new long[] {number(b, 24 * i, 12), number(b, 24 * i + 12, 12)});
      more = b[504] != 0;
    }
    byte[] data = sparse(data(in, size), extra, gnu ? number(h, 483, 12) : -1);
    Name name = name(bytes(r.getOrDefault("GNU.sparse.name", r.containsKey("path") ? r.get("path") : field(h))));
    if (mark(name, sink)) return;
    Entry e = entry(h, name, r, data.length);
    sink.entry(e, new ByteArrayInputStream(e.type() == Entry.Type.FILE ? data : new byte[0]));
  }

  byte[] sparse(byte[] stored, Extra extra, long gnuSize) throws IOException {
    Map<String, String> r = extra.records;
    long size = gnuSize;
    int from = 0;
    if (r.containsKey("GNU.sparse.major")) {
      size = decimal(r.getOrDefault("GNU.sparse.realsize", "-1"));
      String[] lines = latin(stored, 0, stored.length).split("\n", -1);
      long count = decimal(lines[0]);
      if (lines.length <= 2 * count) throw new InvalidException("the map of a sparse file is cut");
      from = lines[0].length() + 1;
      for (int i = 0; i < count; i++) {
        extra.chunks.add(new long[] {decimal(lines[1 + 2 * i]), decimal(lines[2 + 2 * i])});
        from += lines[1 + 2 * i].length() + lines[2 + 2 * i].length() + 2;
      }
      from = from + 511 & ~511;
    } else if (r.containsKey("GNU.sparse.map")) {
      String[] numbers = r.get("GNU.sparse.map").split(",");
      if (numbers.length % 2 != 0) throw new InvalidException("the map of a sparse file has " + numbers.length + " numbers");
      for (int i = 0; i < numbers.length; i += 2) extra.chunks.add(new long[] {decimal(numbers[i]), decimal(numbers[i + 1])});
    }
    if (r.containsKey("GNU.sparse.size")) size = decimal(r.get("GNU.sparse.size"));
    if (extra.chunks.isEmpty() && size < 0) return stored;
    if (r.containsKey("GNU.sparse.numblocks") && decimal(r.get("GNU.sparse.numblocks")) != extra.chunks.size()) {
      throw new InvalidException("chunks");
    }
    return expand(stored, from, extra.chunks, size);
  }

  private static byte[] expand(byte[] stored, int from, List<long[]> chunks, long size) throws IOException {
    if (size < 0 || size > 64 << 20) throw new InvalidException("a sparse file of " + size + " bytes");
    byte[] all = new byte[(int) size];
    long last = 0;
    for (long[] c : chunks) {
      if (c[0] < last || c[1] < 0 || c[0] > size || c[1] > size - c[0] || c[1] > stored.length - from) {
        throw new InvalidException("a chunk at " + c[0]);
      }
      System.arraycopy(stored, from, all, (int) c[0], (int) c[1]);
      from += (int) c[1];
      last = c[0] + c[1];
    }
    return all;
  }

  boolean mark(Name name, LayerSink sink) throws IOException {
    String last = latin(name.last(), 0, name.last().length);
    if (!last.startsWith(".wh.")) return false;
    if (last.equals(".wh..wh..opq")) {
      sink.opaque(name.parent());
      return true;
    }
    String hidden = last.substring(4);
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) throw new InvalidException("a whiteout of '" + hidden + "'");
    sink.whiteout(name.parent().child(bytes(hidden)));
    return true;
  }

  private static Entry entry(byte[] h, Name name, Map<String, String> r, int size) throws IOException {
    Entry.Type type = switch (h[156]) {
      case 0, '0', '7', 'S' -> Entry.Type.FILE;
      case '1' -> Entry.Type.HARDLINK;
      case '2' -> Entry.Type.SYMLINK;
      case '3' -> Entry.Type.CHARACTER;
      case '4' -> Entry.Type.BLOCK;
      case '5' -> Entry.Type.DIRECTORY;
      case '6' -> Entry.Type.FIFO;
      default -> throw new InvalidException("an entry of unknown type " + h[156]);
    };
    boolean link = type == Entry.Type.HARDLINK || type == Entry.Type.SYMLINK;
    String target = r.getOrDefault("linkpath", latin(h, 157, end(h, 157, 257)));
    if (link && target.indexOf(0) >= 0) throw new InvalidException("a link with a NUL");
    BigDecimal time = r.containsKey("mtime") ? time(r.get("mtime")) : BigDecimal.valueOf(number(h, 136, 12));
    long seconds = time.setScale(0, RoundingMode.FLOOR).longValueExact();
    List<Entry.Xattr> xattrs = new ArrayList<>();
    r.forEach((k, v) -> {
      if (k.startsWith(XATTR)) xattrs.add(new Entry.Xattr(bytes(k.substring(XATTR.length())), bytes(v)));
    });
    boolean device = type == Entry.Type.CHARACTER || type == Entry.Type.BLOCK;
    long major = !device ? 0 : r.containsKey("SCHILY.devmajor") ? decimal(r.get("SCHILY.devmajor")) : number(h, 329, 8);
    long minor = !device ? 0 : r.containsKey("SCHILY.devminor") ? decimal(r.get("SCHILY.devminor")) : number(h, 337, 8);
    if (major < 0 || minor < 0 || major >> 32 != 0 || minor >> 32 != 0) throw new InvalidException("a device " + major + "," + minor);
    return new Entry(name, type, (int) number(h, 100, 8) & 07777, owner(h, 108, r, "uid"), owner(h, 116, r, "gid"), type == Entry.Type.FILE
        ? size : 0, seconds,
        time.subtract(BigDecimal.valueOf(seconds)).movePointRight(9).intValue(), link ? Optional.of(bytes(target)) : Optional.empty(),
        major, minor, xattrs);
  }

  private static long owner(byte[] h, int at, Map<String, String> r, String key) throws IOException {
    long id = r.containsKey(key) ? decimal(r.get(key)) : number(h, at, 8);
    if (id < 0 || id > 0xfffffffeL) throw new InvalidException(key + " " + id);
    return id;
  }

  private static BigDecimal time(String text) throws IOException {
    if (!text.matches("-?\\d{1,18}(\\.\\d*)?")) throw new InvalidException("mtime '" + text + "'");
    return new BigDecimal(text.replaceFirst("\\.$", ""));
  }

  private static Name name(byte[] raw) throws IOException {
    try {
      return Name.clean(raw);
    } catch (IllegalArgumentException e) {
      throw new InvalidException("a name is wrong: " + e.getMessage(), e);
    }
  }

  /** The name in the header, with its prefix where the header is of ustar. */
  private static String field(byte[] h) {
    String prefix = latin(h, 257, 263).equals("ustar\0") ? latin(h, 345, end(h, 345, 500)) : "";
    return (prefix.isEmpty() ? "" : prefix + "/") + latin(h, 0, end(h, 0, 100));
  }

  static long number(byte[] h, int at, int width) throws IOException {
    if ((h[at] & 0x80) != 0) {
      byte[] digits = Arrays.copyOfRange(h, at, at + width);
      if (h[at] != (byte) 0xff) digits[0] &= 0x7f;
      var big = new java.math.BigInteger(digits);
      if (big.bitLength() > 63) throw new InvalidException("a number over 64 bits");
      return big.longValue();
    }
    String text = latin(h, at, end(h, at, at + width)).strip();
    if (!text.matches("[0-7]{0,12}")) throw new InvalidException("a number '" + text + "' that is not octal");
    return text.isEmpty() ? 0 : Long.parseLong(text, 8);
  }

  static long decimal(String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidException("a number '" + text + "' that is not decimal", e);
    }
  }

  private static byte[] block(InputStream in) throws IOException {
    byte[] b = in.readNBytes(512);
    if (b.length == 0) return null;
    if (b.length < 512) throw new InvalidException("the archive is cut in a block");
    return b;
  }

  private static byte[] data(InputStream in, long size) throws IOException {
    if (size > 64 << 20) throw new InvalidException("data of " + size + " bytes");
    byte[] b = in.readNBytes((int) size);
    if (b.length < size) throw new InvalidException("the archive is cut in data");
    in.readNBytes((int) (512 - size % 512) % 512); // which may be missing at the end
    return b;
  }

  private static int end(byte[] b, int from, int to) {
    while (from < to && b[from] != 0) from++;
    return from;
  }

  static String latin(byte[] b, int from, int to) {
    return new String(b, from, to - from, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String latin) {
    return latin.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
