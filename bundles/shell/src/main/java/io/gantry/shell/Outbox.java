package io.gantry.shell;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Sends frames to a client on a thread of its own: a command is interrupted by Ctrl-C, and a thread that is interrupted while it writes
 * to a channel closes it (java.nio), so that the exit code would never arrive. A client that does not read makes the command wait.
 */
final class Outbox implements Closeable {
  private static final int WAITING = 16;
  private static final Frame LAST = new Frame('-', new byte[0]);
  private final BlockingQueue<Frame> queue = new ArrayBlockingQueue<>(WAITING);
  private final DataOutputStream to;
  private final Thread sender;
  private volatile IOException failure;

  Outbox(OutputStream to) {
    this.to = new DataOutputStream(new BufferedOutputStream(to, Frame.CHUNK));
    this.sender = Thread.ofVirtual().name("shell-sender").start(this::send);
  }

  /**
   * Takes a frame; waits where the client is behind.
   *
   * @throws InterruptedIOException interrupted while waiting; the frame is dropped
   * @throws IOException the client is gone
   */
  void put(char type, byte[] body) throws IOException {
    if (failure != null) throw new IOException("the client is gone: " + failure.getMessage(), failure);
    put(new Frame(type, body));
  }

  /** Sends what waits and ends. A late Ctrl-C changes nothing any more: it is kept for the caller. */
  @Override
  public void close() {
    boolean interrupted = false;
    boolean told = queue.offer(LAST);
    while (!told || sender.isAlive()) {
      try {
        if (!told) queue.put(LAST);
        told = true;
        sender.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  private void put(Frame frame) throws InterruptedIOException {
    if (queue.offer(frame)) return; // also where an interrupt is pending: a last message still goes out
    try {
      queue.put(frame);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the client was behind");
    }
  }

  private void send() {
    try {
      while (true) {
        Frame f = queue.take();
        if (f == LAST) return;
        if (failure == null) write(f);
      }
    } catch (InterruptedException e) {
      failure = new InterruptedIOException("the sender was interrupted");
    }
  }

  /** After a failure frames are taken and dropped, so that no command waits for a client that is gone. */
  private void write(Frame f) {
    try {
      f.write(to);
      if (queue.isEmpty() || queue.peek() == LAST) to.flush();
    } catch (IOException e) {
      failure = e;
    }
  }
}
