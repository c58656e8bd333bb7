package io.gantry.layer.tar;

import io.gantry.spi.layer.Entry;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes the 512 bytes before an entry, in the form of ustar; what does not fit goes to the records. */
final class HeaderBuilder {
  private static final int NAME = 100;
  private static final byte[] RECORDS = "././@PaxHeader".getBytes(StandardCharsets.US_ASCII);
  private final byte[] block = new byte[TarHeader.BLOCK];

  private HeaderBuilder() {
    put(257, "ustar\00000".getBytes(StandardCharsets.ISO_8859_1));
  }

  static HeaderBuilder of(Entry e, PaxBuilder pax) {
    var h = new HeaderBuilder();
    boolean folder = e.type() == Entry.Type.DIRECTORY;
    byte[] name = e.name().isRoot() ? new byte[] {'.'} : e.name().bytes();
    h.text(0, folder ? TarWriter.join(name, new byte[] {'/'}) : name, "path", pax);
    h.octal(100, 8, e.mode());
    h.number(108, 8, e.uid(), "uid", pax);
    h.number(116, 8, e.gid(), "gid", pax);
    h.number(124, 12, e.size(), "size", pax);
    h.time(e, pax);
    h.block[156] = (byte) type(e.type());
    e.link().ifPresent(l -> h.text(157, l, "linkpath", pax));
    h.number(329, 8, e.major(), "SCHILY.devmajor", pax);
    h.number(337, 8, e.minor(), "SCHILY.devminor", pax);
    for (Entry.Xattr x : e.xattrs()) pax.put(TarWriter.join(PaxRecords.XATTR.getBytes(StandardCharsets.US_ASCII), x.name()), x.value());
    return h;
  }

  /** The header of the records before an entry. */
  static byte[] ofRecords(int size) {
    var h = new HeaderBuilder();
    h.put(0, RECORDS);
    h.octal(100, 8, 0644);
    h.octal(108, 8, 0);
    h.octal(116, 8, 0);
    h.octal(124, 12, size);
    h.octal(136, 12, 0);
    h.block[156] = 'x';
    return h.bytes();
  }

  private static char type(Entry.Type type) {
    return switch (type) {
      case FILE -> '0';
      case HARDLINK -> '1';
      case SYMLINK -> '2';
      case CHARACTER -> '3';
      case BLOCK -> '4';
      case DIRECTORY -> '5';
      case FIFO -> '6';
    };
  }

  private void text(int offset, byte[] text, String key, PaxBuilder pax) {
    put(offset, Arrays.copyOf(text, Math.min(text.length, NAME)));
    if (text.length > NAME) pax.put(key, text);
  }

  private void number(int offset, int width, long value, String key, PaxBuilder pax) {
    boolean fits = value >= 0 && value < 1L << 3 * (width - 1);
    octal(offset, width, fits ? value : 0);
    if (!fits) pax.put(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  private void time(Entry e, PaxBuilder pax) {
    long seconds = e.mtimeSeconds();
    boolean fits = seconds >= 0 && seconds < 1L << 33;
    octal(136, 12, fits ? seconds : 0);
    if (fits && e.mtimeNanos() == 0) return;
    boolean below = seconds < 0 && e.mtimeNanos() > 0; // written as sign and value, kept rounded down
    long whole = below ? -(seconds + 1) : Math.abs(seconds);
    int nanos = below ? 1_000_000_000 - e.mtimeNanos() : e.mtimeNanos();
    String fraction = nanos == 0 ? "" : ("." + String.format("%09d", nanos)).replaceAll("0+$", "");
    pax.put("mtime", ((seconds < 0 ? "-" : "") + whole + fraction).getBytes(StandardCharsets.US_ASCII));
  }

  private void octal(int offset, int width, long value) {
    String digits = Long.toOctalString(value);
    put(offset, ("0".repeat(width - 1 - digits.length()) + digits).getBytes(StandardCharsets.US_ASCII));
  }

  private void put(int offset, byte[] bytes) {
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }

  /** With the checksum, which is that of the header with blanks in its place. */
  byte[] bytes() {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) sum += b & 0xff;
    octal(148, 7, sum);
    block[154] = 0;
    return block;
  }
}
