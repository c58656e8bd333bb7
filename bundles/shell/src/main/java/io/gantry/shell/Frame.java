package io.gantry.shell;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One message between client and shell: a type, the length, the bytes. The client has a copy of the letters, since it depends on nothing.
 *
 * <p>To the shell: {@code A} arguments, {@code I} input, {@code E} end of input, {@code W} columns and rows, {@code C} Ctrl-C,
 * {@code S} another signal, {@code V} how an editing came out. To the client: {@code 1} output, {@code 2} errors, {@code N} input is
 * wanted, {@code K} a {@code C} or {@code S} was heard, {@code R} raw terminal on or off, {@code V} a file to edit, {@code X} exit code.
 */
record Frame(char type, byte[] body) {
  /** Longest body; a client that sends more is cut off. */
  static final int MAX = 1 << 20;

  /** What output is cut into, so that a slow client holds little. */
  static final int CHUNK = 64 * 1024;

  static Frame read(DataInputStream in) throws IOException {
    char type = (char) in.readUnsignedByte();
    int length = in.readInt();
    if (length < 0 || length > MAX) throw new IOException("a frame of type " + (int) type + " claims " + length + " bytes, at most " + MAX);
    byte[] body = new byte[length];
    in.readFully(body);
    return new Frame(type, body);
  }

  void write(DataOutputStream out) throws IOException {
    out.writeByte(type);
    out.writeInt(body.length);
    out.write(body);
  }

  ByteBuffer buffer() {
    return ByteBuffer.wrap(body);
  }
}
