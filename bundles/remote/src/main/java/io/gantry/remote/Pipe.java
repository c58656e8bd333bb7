package io.gantry.remote;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What a process writes into a named pipe, as a stream. A thread of its own reads, since a read of a pipe cannot be interrupted; a bounded
 * queue is between, so that a slow reader slows the process down and costs no memory.
 */
final class Pipe extends InputStream {
  private static final byte[] END = new byte[0];
  private static final int CHUNK = 32 * 1024;
  private static final int CHUNKS = 16;
  /** How long a pipe that another process still holds is read after the end of ours. */
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final long LOOK_MILLIS = 100;

  /** A writer that writes nothing: without one, the pipe would be at its end before the process has opened it. */
  private final FileChannel keeper;
  private final FileInputStream fifo;
  /** Bounded by {@code room} alone, so that the end always has a place. */
  private final BlockingQueue<byte[]> chunks = new LinkedBlockingQueue<>();
  /** How many chunks may come before one is read. */
  private final Semaphore room = new Semaphore(CHUNKS);
  private final boolean empties;
  private volatile IOException failure;
  private volatile boolean closed;
  private volatile long endedAt;
  private byte[] chunk = END;
  private int at;

  /**
   * Opens the reading end, which must be before the other side writes.
   *
   * @param empties whether it is emptied once it is closed, since nobody else reads
   */
  Pipe(Path path, boolean empties) throws IOException {
    this.empties = empties;
    keeper = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE); // both: does not wait for the other side
    try {
      fifo = new FileInputStream(path.toFile());
    } catch (IOException e) {
      keeper.close();
      throw e;
    }
    Thread.ofPlatform().daemon().name("pipe-" + path.getFileName()).start(this::pump);
  }

  /** The process has ended, or will never be: what is in the pipe is still read. */
  void ended() throws IOException {
    if (endedAt != 0) return;
    endedAt = System.nanoTime();
    keeper.close();
  }

  private void pump() {
    byte[] bytes = new byte[CHUNK];
    try (fifo) {
      for (int n = fifo.read(bytes); n >= 0; n = fifo.read(bytes)) {
        if (closed && !empties) break;
        if (closed) continue;
        room.acquire();
        if (!closed) chunks.add(Arrays.copyOf(bytes, n));
      }
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      chunks.add(END);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (at == chunk.length && !next()) {
      if (failure != null) throw failure;
      return -1;
    }
    int n = Math.min(length, chunk.length - at);
    System.arraycopy(chunk, at, into, offset, n);
    at += n;
    return n;
  }

  private boolean next() throws InterruptedIOException {
    if (closed) return false;
    try {
      byte[] taken = null;
      while (taken == null) {
        taken = chunks.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (taken == null && endedAt != 0 && System.nanoTime() - endedAt > GRACE.toNanos()) return false; // somebody else's now
      }
      chunk = taken;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading a container's output was interrupted");
    }
    at = 0;
    if (chunk.length > 0) {
      room.release();
      return true;
    }
    chunks.add(END);
    return false;
  }

  /** Nobody reads any more, one who waits for bytes included. */
  @Override
  public void close() {
    closed = true;
    chunks.clear();
    chunks.add(END);
    room.release(CHUNKS); // the thread goes on, and empties the pipe
  }
}
