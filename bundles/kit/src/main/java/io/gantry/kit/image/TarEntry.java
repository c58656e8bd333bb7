package io.gantry.kit.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * One entry of an archive, good or bad. Names are bytes. Every field of the header can be given raw bytes last, so that an entry can say
 * what no writer would.
 *
 * <p>Example: {@code TarEntry.file("usr/bin/su", code).mode(04755).owner(0, 100_000).xattr("security.capability", cap)}.
 */
public final class TarEntry {
  /** When things were made that do not say so: a fixed moment, so that equal calls give equal bytes. */
  public static final long EPOCH = 1_600_000_000L;

  private final char type;
  private final byte[] name;
  private byte[] link = {};
  private byte[] data = {};
  private long size = -1;
  private long mode;
  private long uid;
  private long gid;
  private long seconds = EPOCH;
  private int nanos;
  private long major;
  private long minor;
  private TarStyle style = TarStyle.PAX;
  private boolean checked = true;
  private final Pax pax = new Pax();
  private final Map<TarField, byte[]> raw = new EnumMap<>(TarField.class);

  private TarEntry(char type, byte[] name, long mode) {
    this.type = type;
    this.name = name.clone();
    this.mode = mode;
  }

  /** An entry of any type flag. */
  public static TarEntry of(char type, byte[] name) {
    return new TarEntry(type, name, 0644);
  }

  public static TarEntry file(byte[] name, byte[] data) {
    return new TarEntry('0', name, 0644).data(data);
  }

  public static TarEntry file(String name, byte[] data) {
    return file(utf8(name), data);
  }

  public static TarEntry file(String name, String text) {
    return file(name, utf8(text));
  }

  public static TarEntry directory(byte[] name) {
    return new TarEntry('5', name, 0755);
  }

  /** A folder; its name is written with a slash at the end, as writers do. */
  public static TarEntry directory(String name) {
    return directory(utf8(name.endsWith("/") || name.isEmpty() ? name : name + "/"));
  }

  public static TarEntry symlink(byte[] name, byte[] target) {
    return new TarEntry('2', name, 0777).link(target);
  }

  public static TarEntry symlink(String name, String target) {
    return symlink(utf8(name), utf8(target));
  }

  public static TarEntry hardlink(byte[] name, byte[] target) {
    return new TarEntry('1', name, 0644).link(target);
  }

  public static TarEntry hardlink(String name, String target) {
    return hardlink(utf8(name), utf8(target));
  }

  public static TarEntry character(String name, long major, long minor) {
    return new TarEntry('3', utf8(name), 0600).device(major, minor);
  }

  public static TarEntry block(String name, long major, long minor) {
    return new TarEntry('4', utf8(name), 0600).device(major, minor);
  }

  public static TarEntry fifo(String name) {
    return new TarEntry('6', utf8(name), 0600);
  }

  /** The mark that a name of the layers below is gone. */
  public static TarEntry whiteout(String name) {
    int slash = name.lastIndexOf('/') + 1;
    return file(name.substring(0, slash) + ".wh." + name.substring(slash), "");
  }

  /** The mark that all that layers below have in a folder is gone; an empty name means the root. */
  public static TarEntry opaque(String directory) {
    return file((directory.isEmpty() ? "" : directory + "/") + ".wh..wh..opq", "");
  }

  public TarEntry mode(long mode) {
    this.mode = mode;
    return this;
  }

  public TarEntry owner(long uid, long gid) {
    this.uid = uid;
    this.gid = gid;
    return this;
  }

  public TarEntry mtime(long seconds, int nanos) {
    this.seconds = seconds;
    this.nanos = nanos;
    return this;
  }

  /** A symlink's target, a hard link's other name. */
  public TarEntry link(byte[] target) {
    this.link = target.clone();
    return this;
  }

  public TarEntry data(byte[] data) {
    this.data = data.clone();
    return this;
  }

  /** What the header says of the size, whatever the data are. */
  public TarEntry size(long size) {
    this.size = size;
    return this;
  }

  public TarEntry device(long major, long minor) {
    this.major = major;
    this.minor = minor;
    return this;
  }

  public TarEntry xattr(String key, byte[] value) {
    return xattr(utf8(key), value);
  }

  public TarEntry xattr(byte[] key, byte[] value) {
    pax.put(Pax.join(utf8("SCHILY.xattr."), key), value);
    return this;
  }

  public TarEntry pax(String key, String value) {
    pax.put(key, value);
    return this;
  }

  public TarEntry pax(Pax records) {
    pax.all(records);
    return this;
  }

  public TarEntry style(TarStyle style) {
    this.style = style;
    return this;
  }

  /** Bytes of a header's field, put last; the checksum is right for them, unless it is the field. */
  public TarEntry raw(TarField field, byte[] bytes) {
    raw.put(field, bytes.clone());
    return this;
  }

  public TarEntry wrongChecksum() {
    checked = false;
    return this;
  }

  /** The entry with its extended headers and its data, in whole blocks. */
  public byte[] bytes() {
    var out = new ByteArrayOutputStream();
    Pax records = new Pax();
    TarHeader h = new TarHeader(style);
    h.put(TarField.TYPE, new byte[] {(byte) type});
    name(h, records, out);
    text(h, TarField.LINK, link, "linkpath", 'K', records, out);
    number(h, TarField.MODE, mode, "mode", records);
    number(h, TarField.UID, uid, "uid", records);
    number(h, TarField.GID, gid, "gid", records);
    number(h, TarField.SIZE, size >= 0 ? size : data.length, "size", records);
    time(h, records);
    if (type == '3' || type == '4') {
      number(h, TarField.MAJOR, major, "SCHILY.devmajor", records);
      number(h, TarField.MINOR, minor, "SCHILY.devminor", records);
    }
    records.all(pax);
    if (!records.isEmpty()) out.writeBytes(extension('x', records.bytes()));
    raw.forEach((field, bytes) -> h.put(field, bytes));
    if (!raw.containsKey(TarField.CHECKSUM)) h.checksum();
    if (!checked) h.put(TarField.CHECKSUM, TarHeader.ascii("000001\0 "));
    out.writeBytes(h.bytes());
    out.writeBytes(data);
    out.writeBytes(padding(data.length));
    return out.toByteArray();
  }

  /** An entry that carries something for the next one (x, L, K) or for all that follow (g). */
  static byte[] extension(char type, byte[] body) {
    TarHeader h = new TarHeader(type == 'L' || type == 'K' ? TarStyle.GNU : TarStyle.PAX);
    h.put(TarField.NAME, TarHeader.ascii(type == 'L' || type == 'K' ? "././@LongLink" : "PaxHeaders/entry"));
    h.put(TarField.TYPE, new byte[] {(byte) type});
    h.octal(TarField.MODE, 0644);
    h.octal(TarField.UID, 0);
    h.octal(TarField.GID, 0);
    h.octal(TarField.MTIME, 0);
    h.octal(TarField.SIZE, body.length);
    return Pax.join(h.checksum().bytes(), body, padding(body.length));
  }

  static byte[] padding(long length) {
    return new byte[(int) ((TarHeader.BLOCK - length % TarHeader.BLOCK) % TarHeader.BLOCK)];
  }

  static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private void name(TarHeader h, Pax records, ByteArrayOutputStream out) {
    int slash = style == TarStyle.PREFIX && name.length > TarField.NAME.width ? split() : -1;
    if (slash > 0) {
      h.put(TarField.PREFIX, Arrays.copyOf(name, slash));
      h.put(TarField.NAME, Arrays.copyOfRange(name, slash + 1, name.length));
    } else {
      text(h, TarField.NAME, name, "path", 'L', records, out);
    }
  }

  /** Where a long name can be cut into prefix and name, or -1. */
  private int split() {
    for (int i = Math.min(TarField.PREFIX.width, name.length - 2); i >= name.length - TarField.NAME.width - 1 && i > 0; i--) {
      if (name[i] == '/') return i;
    }
    return -1;
  }

  private void text(TarHeader h, TarField field, byte[] value, String key, char gnu, Pax records, ByteArrayOutputStream out) {
    h.put(field, value);
    boolean plain = value.length <= field.width;
    for (byte b : value) plain &= b != 0;
    if (plain) return;
    if (style == TarStyle.GNU) out.writeBytes(extension(gnu, Pax.join(value, new byte[1])));
    else records.put(key, value);
  }

  private void number(TarHeader h, TarField field, long value, String key, Pax records) {
    if (TarHeader.fits(field, value)) {
      h.octal(field, value);
    } else if (style == TarStyle.GNU) {
      h.base256(field, value);
    } else {
      h.octal(field, 0);
      records.put(key, Long.toString(value));
    }
  }

  private void time(TarHeader h, Pax records) {
    if (nanos == 0 || style == TarStyle.GNU) {
      number(h, TarField.MTIME, seconds, "mtime", records);
    } else {
      h.octal(TarField.MTIME, Math.max(0, seconds));
      records.time("mtime", seconds, nanos);
    }
  }
}
