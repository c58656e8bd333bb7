package io.gantry.layer.tar;

import java.nio.charset.StandardCharsets;

/** Numbers as archives write them: octal text, base-256 (GNU), decimal text and decimal fractions (PAX). */
final class Numbers {
  private Numbers() {}

  /** A number of a header; empty is 0. */
  static long header(byte[] block, int offset, int width, String field) throws BrokenException {
    return (block[offset] & 0x80) != 0 ? base256(block, offset, width, field) : octal(block, offset, width, field);
  }

  private static long octal(byte[] block, int offset, int width, String field) throws BrokenException {
    int at = offset;
    int end = offset + width;
    while (at < end && (block[at] == ' ' || block[at] == 0)) at++;
    long value = 0;
    for (; at < end && block[at] != 0 && block[at] != ' '; at++) {
      int digit = block[at] - '0';
      if (digit < 0 || digit > 7 || value >>> 60 != 0) throw broken(field, block, offset, width, "an octal number");
      value = value << 3 | digit;
    }
    for (; at < end; at++) {
      if (block[at] == 0) break;
      if (block[at] != ' ') throw broken(field, block, offset, width, "an octal number");
    }
    return value;
  }

  /** Two's complement in big-endian order; of the first byte, the highest bit is the mark and the next the sign. */
  private static long base256(byte[] block, int offset, int width, String field) throws BrokenException {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < width; i++) {
      int b = i == 0 ? (block[offset] & 0x3f) | (negative ? 0xc0 : 0) : block[offset + i] & 0xff;
      if (value >> 55 != (negative ? -1 : 0)) throw broken(field, block, offset, width, "a number of 64 bits");
      value = value << 8 | b;
    }
    return value;
  }

  /** A whole number of a PAX record. */
  static long decimal(byte[] text, String key) throws BrokenException {
    return decimal(text, 0, text.length, key);
  }

  static long decimal(byte[] text, int from, int to, String key) throws BrokenException {
    boolean negative = to > from && text[from] == '-';
    int at = negative ? from + 1 : from;
    if (at == to) throw broken(key, text, "a whole number");
    long value = 0;
    for (; at < to; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) throw broken(key, text, "a whole number of 64 bits");
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  /** Seconds, rounded down, and nanoseconds of a PAX time; more digits than nine are cut. */
  static long[] time(byte[] text, String key) throws BrokenException {
    int dot = 0;
    while (dot < text.length && text[dot] != '.') dot++;
    long seconds = decimal(text, 0, dot, key);
    long nanos = 0;
    int digits = 0;
    for (int i = dot + 1; i < text.length; i++, digits++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) throw broken(key, text, "seconds with a fraction");
      if (digits < 9) nanos = nanos * 10 + digit;
    }
    for (; digits < 9; digits++) nanos *= 10;
    if (text[0] == '-' && nanos > 0) {
      if (seconds == Long.MIN_VALUE) throw broken(key, text, "a time of 64 bits");
      return new long[] {seconds - 1, 1_000_000_000 - nanos};
    }
    return new long[] {seconds, nanos};
  }

  private static BrokenException broken(String field, byte[] block, int offset, int width, String expected) {
    return broken(field, java.util.Arrays.copyOfRange(block, offset, offset + width), expected);
  }

  private static BrokenException broken(String field, byte[] text, String expected) {
    return new BrokenException(field + " is '" + shown(text) + "', expected " + expected);
  }

  /** For messages: at most 40 bytes, without control characters. */
  static String shown(byte[] text) {
    String all = new String(text, 0, Math.min(text.length, 40), StandardCharsets.ISO_8859_1);
    return all.replaceAll("[^ -~]", "?") + (text.length > 40 ? "…" : "");
  }
}
