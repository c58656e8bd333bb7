package io.gantry.oci.json;

import java.nio.charset.StandardCharsets;

/** The start of bytes that are not what they should be, so that a message shows what came: a login page, an error text, nothing. */
public final class Excerpt {
  private static final int MAX = 60;

  private Excerpt() {}

  /** {@code " (it starts with '<html>…')"} or {@code " (it is empty)"}; control characters are shown as dots. */
  public static String of(byte[] bytes) {
    if (bytes.length == 0) return " (it is empty)";
    String start = printable(new String(bytes, 0, Math.min(bytes.length, MAX), StandardCharsets.UTF_8));
    return " (it starts with '" + start + (bytes.length > MAX ? "…" : "") + "')";
  }

  /** The first line of a library's message. */
  static String oneLine(String message) {
    if (message == null) return "unreadable";
    int end = message.indexOf('\n');
    return printable(end < 0 ? message : message.substring(0, end));
  }

  private static String printable(String s) {
    StringBuilder b = new StringBuilder();
    s.strip().chars().forEach(c -> b.append(Character.isISOControl(c) ? '.' : (char) c));
    return b.toString();
  }
}
