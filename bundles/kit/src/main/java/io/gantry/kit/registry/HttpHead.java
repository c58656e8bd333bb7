package io.gantry.kit.registry;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The head of an HTTP/1.1 message, as it came.
 *
 * @param bytes with the empty line
 * @param text the same to look at
 */
record HttpHead(byte[] bytes, String text) {
  private static final int MOST = 1 << 16;

  /** Says how many of so many bytes may go on. */
  interface Gate {
    int pass(int bytes) throws IOException;
  }

  /** How long a body is: chunked, by its length, or until the connection ends. */
  record Body(long length, boolean chunked) {
    static final Body NONE = new Body(0, false);
    static final Body UNTIL_CLOSE = new Body(Long.MAX_VALUE, false);

    void copy(InputStream in, OutputStream out, Gate gate) throws IOException {
      if (!chunked) {
        copy(in, out, length, gate);
        return;
      }
      while (true) {
        String size = line(in, out);
        long n = Long.parseLong(size.split(";")[0].strip(), 16);
        copy(in, out, n, gate);
        if (n > 0) line(in, out);
        else break;
      }
      while (!line(in, out).isEmpty()) continue;
    }

    private static void copy(InputStream in, OutputStream out, long length, Gate gate) throws IOException {
      byte[] buffer = new byte[1 << 13];
      for (long left = length; left > 0; ) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0 && length == Long.MAX_VALUE) return;
        if (n < 0) throw new EOFException("a body ended " + left + " bytes early");
        int may = gate.pass(n);
        out.write(buffer, 0, may);
        out.flush();
        if (may < n) throw new IOException("cut, as told");
        left -= n;
      }
    }

    private static String line(InputStream in, OutputStream out) throws IOException {
      var line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0 && line.size() < MOST; b = in.read()) {
        out.write(b);
        if (b == '\n') return line.toString(StandardCharsets.ISO_8859_1).strip();
        line.write(b);
      }
      throw new EOFException("a chunked body ended in the middle");
    }
  }

  /** Reads a head, or answers null where the connection ended before it. */
  static HttpHead read(InputStream in) throws IOException {
    var out = new ByteArrayOutputStream();
    int seen = 0;
    while (seen < 4) {
      int b = in.read();
      if (b < 0 && out.size() == 0) return null;
      if (b < 0 || out.size() > MOST) throw new EOFException("a head of HTTP without an end");
      out.write(b);
      seen = b == "\r\n\r\n".charAt(seen) ? seen + 1 : b == '\r' ? 1 : 0;
    }
    return new HttpHead(out.toByteArray(), out.toString(StandardCharsets.ISO_8859_1));
  }

  String firstLine() {
    return text.substring(0, text.indexOf('\r'));
  }

  /** The value of a header, empty where there is none. */
  String header(String name) {
    for (String line : text.split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) return line.substring(colon + 1).strip();
    }
    return "";
  }

  Body body(boolean answer) {
    if (header("transfer-encoding").equalsIgnoreCase("chunked")) return new Body(0, true);
    String length = header("content-length");
    if (!length.isEmpty()) return new Body(Long.parseLong(length), false);
    return answer ? Body.UNTIL_CLOSE : Body.NONE;
  }
}
