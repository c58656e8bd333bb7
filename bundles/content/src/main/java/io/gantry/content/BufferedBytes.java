package io.gantry.content;

import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A stream over bytes at positions, by large direct buffers: a call through the drivers costs the same for one byte and for half a
 * megabyte. One thread reads; any may close it, and each read that begins after that fails: an end is given for no other reason than that
 * there was one.
 */
final class BufferedBytes extends InputStream {
  /** Where the bytes come from. */
  interface Bytes {
    /** Fills from a position; 0 for "ask again", -1 at the end. */
    int read(long position, ByteBuffer into) throws IOException;

    /** Whether a read there would not have to wait. */
    default boolean there(long position) throws IOException {
      return true;
    }

    /** Waits until it is worth reading there. */
    default void ready(long position) throws IOException {
      // most are, always
    }

    default void close() throws IOException {
      // most hold nothing
    }
  }

  private static final int SIZE = 512 * 1024;
  private final Bytes bytes;
  private final int size;
  private ByteBuffer buffer = ByteBuffer.allocate(0); // until something is read
  private long position;
  private boolean ended;
  private volatile boolean closed;

  /** @param most how many bytes there are from the position on, which a document's stream needs no larger buffer for */
  BufferedBytes(Bytes bytes, long position, long most) {
    this.bytes = bytes;
    this.position = position;
    this.size = Math.clamp(most, 1, SIZE);
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

  /** At least 1 where a read does not wait. */
  @Override
  public int available() throws IOException {
    open();
    if (buffer.hasRemaining() || ended) return buffer.remaining();
    return bytes.there(position) ? 1 : 0;
  }

  private boolean more() throws IOException {
    open();
    while (!buffer.hasRemaining() && !ended) {
      bytes.ready(position);
      int n = filled();
      if (n < 0) ended = true;
      else position += n;
      open();
    }
    return buffer.hasRemaining();
  }

  private void open() throws IOException {
    if (closed) throw new IOException("the stream was closed, at byte " + (position - buffer.remaining()) + " of what it reads");
  }

  /** Tries once more where the driver was replaced by force. */
  private int filled() throws IOException {
    try {
      return filledOnce();
    } catch (UnavailableException e) {
      return filledOnce();
    }
  }

  private int filledOnce() throws IOException {
    if (buffer.capacity() == 0) buffer = ByteBuffer.allocateDirect(size).limit(0);
    try {
      int n = bytes.read(position, buffer.clear());
      buffer.flip();
      return n;
    } catch (IOException | RuntimeException e) {
      // The buffer is given up: a call that ran out of time may still write into it.
      buffer = ByteBuffer.allocate(0);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    bytes.close();
  }
}
