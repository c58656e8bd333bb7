package io.gantry.commands.dist;

import io.gantry.api.InvalidException;
import io.gantry.commands.Console;
import io.gantry.commands.RawTerminal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A line of the standard input that nobody is to see. */
final class Password {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int CTRL_C = 3;
  private static final int CTRL_D = 4;
  private static final int CTRL_U = 21;
  private static final int BACKSPACE = 8;
  private static final int DELETE = 127;

  private final byte[] bytes = new byte[MAX_BYTES];
  private int size;

  private Password() {}

  /** @throws InvalidException more than 64 KiB came before the end of the line */
  static String line(InputStream in) throws IOException {
    var line = new Password();
    for (int b = in.read(); b >= 0 && b != '\n' && b != '\r'; b = in.read()) line.add(b);
    return line.text();
  }

  /**
   * Asks at a terminal, which shows nothing of what is typed; backspace and Ctrl-U are heeded.
   *
   * @return empty after Ctrl-C
   * @throws InvalidException more than 64 KiB were typed
   */
  static Optional<String> typed(Console console) throws IOException {
    try (var raw = RawTerminal.of(console, true)) { // before it asks, or the first keys would be shown
      console.err().print("Password: ");
      console.err().flush();
      var line = new Password();
      for (int b = console.in().read(); b >= 0 && b != '\n' && b != '\r' && b != CTRL_D; b = console.in().read()) {
        if (b == CTRL_C) return Optional.empty();
        if (b == CTRL_U) line.size = 0;
        else if (b == BACKSPACE || b == DELETE) line.erase();
        else line.add(b);
      }
      return Optional.of(line.text());
    } finally {
      console.err().println();
    }
  }

  private void add(int b) throws InvalidException {
    if (size == MAX_BYTES) throw new InvalidException("dist:login: the password has more than " + MAX_BYTES + " bytes");
    bytes[size++] = (byte) b;
  }

  /** The last character, which may be of several bytes. */
  private void erase() {
    while (size > 0 && (bytes[--size] & 0xc0) == 0x80) {}
  }

  private String text() {
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }
}
