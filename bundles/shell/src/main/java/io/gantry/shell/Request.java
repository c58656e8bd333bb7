package io.gantry.shell;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client asks for first.
 *
 * @param keyboard whether its input is a terminal
 * @param terminal whether its input and its output are a terminal
 * @param term the terminal's type
 * @param cwd the client's working folder, absolute
 * @param words command and arguments; none for an interactive session
 */
record Request(boolean keyboard, boolean terminal, Window window, String term, String cwd, List<String> words) {
  static Request read(Frame frame) throws IOException {
    if (frame.type() != 'A') throw new IOException("the first frame is of type " + (int) frame.type() + ", expected the arguments");
    try {
      ByteBuffer b = frame.buffer();
      int terminal = b.get(); // 0 none, 1 input and output, 2 input alone
      Window window = Window.read(b);
      String term = text(b);
      Path cwd = Path.of(text(b));
      if (!cwd.isAbsolute()) throw new IOException("the client says that its folder is '" + cwd + "', expected an absolute path");
      int count = b.getInt();
      if (count < 0 || count > frame.body().length) throw new IOException("the client claims " + count + " arguments");
      var words = new ArrayList<String>(count);
      for (int i = 0; i < count; i++) words.add(text(b));
      return new Request(terminal != 0, terminal == 1, window, term, cwd.toString(), List.copyOf(words));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("the client's arguments are cut short", e);
    }
  }

  private static String text(ByteBuffer b) throws IOException {
    int length = b.getInt();
    if (length < 0 || length > b.remaining()) throw new IOException("the client claims a text of " + length + " bytes");
    byte[] bytes = new byte[length];
    b.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
