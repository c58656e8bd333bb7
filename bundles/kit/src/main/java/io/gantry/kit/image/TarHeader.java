package io.gantry.kit.image;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The 512 bytes of one tar header; any field can be given any bytes. */
final class TarHeader {
  static final int BLOCK = 512;
  private final byte[] block = new byte[BLOCK];

  TarHeader(TarStyle style) {
    if (style == TarStyle.GNU) {
      put(TarField.MAGIC, ascii("ustar "));
      put(TarField.VERSION, new byte[] {' ', 0});
    } else {
      put(TarField.MAGIC, ascii("ustar\0"));
      put(TarField.VERSION, ascii("00"));
    }
  }

  /** Puts bytes into a field, cut or filled with NULs to its width. */
  void put(TarField field, byte[] value) {
    put(field.offset, field.width, value);
  }

  void put(int offset, int width, byte[] value) {
    Arrays.fill(block, offset, offset + width, (byte) 0);
    System.arraycopy(value, 0, block, offset, Math.min(value.length, width));
  }

  void octal(TarField field, long value) {
    put(field, octal(field.width, value));
  }

  void base256(TarField field, long value) {
    put(field, base256(field.width, value));
  }

  /** Whether the number can be written as octal digits with a NUL at the end. */
  static boolean fits(TarField field, long value) {
    return value >= 0 && value < 1L << 3 * (field.width - 1);
  }

  static byte[] octal(int width, long value) {
    String digits = Long.toOctalString(value);
    return ascii("0".repeat(Math.max(0, width - 1 - digits.length())) + digits + "\0");
  }

  /** GNU's form of numbers that octal digits cannot hold: two's complement, big endian, with the first bit set. */
  static byte[] base256(int width, long value) {
    byte[] bytes = new byte[width];
    byte[] big = BigInteger.valueOf(value).toByteArray();
    if (value < 0) Arrays.fill(bytes, (byte) 0xff);
    int from = Math.max(0, big.length - width);
    System.arraycopy(big, from, bytes, width - (big.length - from), big.length - from);
    if (value >= 0) bytes[0] |= (byte) 0x80;
    return bytes;
  }

  /** The sum over the header with blanks in the checksum's place. */
  TarHeader checksum() {
    Arrays.fill(block, TarField.CHECKSUM.offset, TarField.CHECKSUM.offset + TarField.CHECKSUM.width, (byte) ' ');
    int sum = 0;
    for (byte b : block) sum += b & 0xff;
    put(TarField.CHECKSUM, ascii(String.format("%06o\0 ", sum)));
    return this;
  }

  byte[] bytes() {
    return block.clone();
  }

  static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }
}
