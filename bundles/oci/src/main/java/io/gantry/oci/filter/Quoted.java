package io.gantry.oci.filter;

import io.gantry.api.InvalidException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A string of Go's in quotes: escapes of one letter, of octal or hexadecimal bytes, and of code points. Only its own quote may be escaped.
 *
 * @param text what it means
 * @param end the position behind the closing quote
 */
record Quoted(String text, int end) {
  private static final String LETTERS = "abfnrtv\\";
  private static final String MEANT = "\u0007\b\f\n\r\t\u000b\\";

  /** Reads the literal whose quote is at {@code start}. @throws InvalidException it is not closed, or has a wrong escape */
  static Quoted read(String in, int start) throws InvalidException {
    char quote = in.charAt(start);
    var out = new ByteArrayOutputStream(); // of bytes, since \xe7\x89\x9b is one character
    int at = start + 1;
    while (at < in.length() && in.charAt(at) != quote) {
      int c = in.codePointAt(at);
      if (c == '\n' || c == 0) break;
      at += Character.charCount(c);
      if (c == '\\') at = escape(in, at, quote, out);
      else out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
    }
    if (at >= in.length() || in.charAt(at) != quote) throw new InvalidException("quoted literal not terminated");
    return new Quoted(out.toString(StandardCharsets.UTF_8), at + 1);
  }

  /** Reads what is behind the backslash; answers the position behind the escape. */
  private static int escape(String in, int at, char quote, ByteArrayOutputStream out) throws InvalidException {
    if (at == in.length()) throw new InvalidException("quoted literal not terminated");
    char c = in.charAt(at);
    if (c == quote) return written(out, c, at + 1);
    int letter = LETTERS.indexOf(c);
    if (letter >= 0) return written(out, MEANT.charAt(letter), at + 1);
    return switch (c) {
      case '0', '1', '2', '3', '4', '5', '6', '7' -> written(out, digits(in, at, 3, 8, 255), at + 3);
      case 'x' -> written(out, digits(in, at + 1, 2, 16, 255), at + 3);
      case 'u' -> codePoint(out, digits(in, at + 1, 4, 16, Character.MAX_CODE_POINT), at + 5);
      case 'U' -> codePoint(out, digits(in, at + 1, 8, 16, Character.MAX_CODE_POINT), at + 9);
      default -> throw new InvalidException("illegal escape sequence");
    };
  }

  private static int written(ByteArrayOutputStream out, int octet, int next) {
    out.write(octet);
    return next;
  }

  private static int codePoint(ByteArrayOutputStream out, int c, int next) {
    out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
    return next;
  }

  private static int digits(String in, int at, int count, int base, int most) throws InvalidException {
    long value = 0;
    for (int i = at; i < at + count; i++) {
      int digit = i < in.length() && in.charAt(i) < 128 ? Character.digit(in.charAt(i), base) : -1;
      if (digit < 0) throw new InvalidException("illegal numeric escape sequence");
      value = value * base + digit;
    }
    if (value > most || value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
      throw new InvalidException("illegal numeric escape sequence");
    }
    return (int) value;
  }
}
