package io.gantry.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A stream over bytes at positions, by large direct buffers: a call through the drivers costs the same for one byte and for half a megabyte. */
final class BufferedBytes extends InputStream {
  /** Fills from a position; -1 at the end. */
  interface Bytes {
    int read(long position, ByteBuffer into) throws IOException;

    default void close() throws IOException {
      // most hold nothing
    }
  }

  private static final int SIZE = 512 * 1024;
  private final Bytes bytes;
  private ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE).limit(0);
  private long position;
  private boolean ended;

  BufferedBytes(Bytes bytes, long position) {
    this.bytes = bytes;
    this.position = position;
  }

  @Override
  public int read() throws IOException {
    return more() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (!more()) return -1;
    int n = Math.min(length, buffer.remaining());
    buffer.get(into, offset, n);
    return n;
  }

  @Override
  public int available() {
    return buffer.remaining();
  }

  private boolean more() throws IOException {
    if (buffer.hasRemaining()) return true;
    if (ended) return false;
    // After a failure the buffer is given up: a call that ran out of time may still write into it.
    buffer.clear();
    int n;
    try {
      n = bytes.read(position, buffer);
    } catch (IOException | RuntimeException e) {
      buffer = ByteBuffer.allocateDirect(SIZE).limit(0);
      throw e;
    }
    buffer.flip();
    if (n < 0) ended = true;
    else position += n;
    return n > 0 || !ended && more();
  }

  @Override
  public void close() throws IOException {
    ended = true;
    buffer.limit(0);
    bytes.close();
  }
}
