package io.gantry.shell;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Input that has come and that nobody has read yet. A client sends what it is asked for, so little waits here. One that sends without end
 * cannot be made to wait: its Ctrl-C, and that it hangs up, come behind its input. It has broken the protocol.
 */
final class Inbox {
  /** Bytes that may wait: some of them typed ahead, by a client that waits for no question. */
  static final int MOST = Frame.MAX;

  /** What a chunk takes besides its bytes. */
  private static final int EACH = 64;
  private static final byte[] END = new byte[0];
  private final BlockingQueue<byte[]> chunks = new LinkedBlockingQueue<>();
  private final AtomicInteger size = new AtomicInteger();

  /**
   * @param chunk an empty one ends the input
   * @throws IOException too much waits
   */
  void add(byte[] chunk) throws IOException {
    int waits = size.addAndGet(chunk.length + EACH);
    if (waits > MOST + EACH) throw new IOException("the client sent input that nobody asked for, " + waits + " bytes; at most " + MOST);
    chunks.add(chunk);
  }

  /** There is no more. */
  void end() {
    chunks.add(END);
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Blocks until there is a chunk, or the end, which is an empty one. */
  byte[] take() throws InterruptedException {
    byte[] chunk = chunks.take();
    size.addAndGet(-chunk.length - EACH);
    return chunk;
  }
}
