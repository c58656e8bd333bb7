package io.gantry.shell;

import java.io.IOException;
import java.nio.ByteBuffer;

/** How large the client's terminal is, in characters. */
record Window(int columns, int rows) {
  private static final int BYTES = 2 * Integer.BYTES;
  /** More than any terminal has (the kernel keeps 16 bits), and all that a client may take from its environment. */
  private static final int MOST = 99_999;

  /** @throws IOException the frame is no size of a window */
  static Window read(Frame f) throws IOException {
    if (f.body().length != BYTES) throw new IOException("the size of a window has " + f.body().length + " bytes, expected " + BYTES);
    return read(f.buffer());
  }

  /**
   * @throws java.nio.BufferUnderflowException it is cut short
   * @throws IOException no window is so large or small
   */
  static Window read(ByteBuffer b) throws IOException {
    Window w = new Window(b.getInt(), b.getInt());
    if (w.columns < 1 || w.rows < 1 || w.columns > MOST || w.rows > MOST) {
      throw new IOException("the client claims a window of " + w.columns + " columns and " + w.rows + " rows; each is 1 to " + MOST);
    }
    return w;
  }
}
