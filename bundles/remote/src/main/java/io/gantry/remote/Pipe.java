package io.gantry.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What a process writes into a named pipe, as a stream. A thread of the platform reads, since the JDK ends no read of a virtual thread
 * (FileChannel.close would wait for it). One that nobody else reads is read ahead, up to a bound, so that a slow reader slows the process
 * down and costs no memory; once it is closed it is emptied, since the process would stand still. Of one that was joined only what somebody
 * asks for is read, and nothing once it is closed: another reader is to get the rest.
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
  private final ReadableByteChannel fifo;
  /** Bounded by what is asked for alone, so that the end always has a place. */
  private final BlockingQueue<byte[]> chunks = new LinkedBlockingQueue<>();
  /** What may be read, as the largest size of each chunk. */
  private final BlockingQueue<Integer> asked = new LinkedBlockingQueue<>();
  private final boolean joined;
  private volatile IOException failure;
  private volatile boolean closed;
  private volatile long endedAt;
  private byte[] chunk = END;
  private int at;
  /** Whether a chunk was asked for, and did not come yet. */
  private boolean asking;

  /**
   * Opens the reading end, which must be before the other side writes.
   *
   * @param joined whether others may read it, too
   */
  Pipe(Path path, boolean joined) throws IOException {
    this(path, joined, p -> FileChannel.open(p, StandardOpenOption.READ));
  }

  /** Opens the reading end of a pipe; its close ends a read. */
  @FunctionalInterface
  interface Opening {
    ReadableByteChannel open(Path path) throws IOException;
  }

  Pipe(Path path, boolean joined, Opening opening) throws IOException {
    this.joined = joined;
    for (int i = 0; i < CHUNKS && !joined; i++) asked.add(CHUNK);
    keeper = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE); // both: does not wait for the other side
    try {
      fifo = opening.open(path);
    } catch (IOException e) {
      keeper.close();
      throw e;
    }
    try {
      Thread.ofPlatform().daemon().name("pipe-" + path.getFileName()).start(this::pump);
    } catch (OutOfMemoryError e) { // too many threads
      try (keeper; fifo) {
        throw e;
      }
    }
  }

  /** The process has ended, or will never be: what is in the pipe is still read. */
  void ended() throws IOException {
    if (endedAt != 0) return;
    endedAt = System.nanoTime();
    keeper.close();
  }

  /** It is not wanted after all: is closed, and its thread ends. */
  void abandon(Throwable why) {
    try {
      close();
      ended();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private void pump() {
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK);
    try (fifo) {
      while (true) {
        int most = closed && !joined ? CHUNK : asked.take(); // one that was joined reads nothing for who just left
        if (fifo.read(bytes.clear().limit(most)) < 0) break;
        if (!closed || joined) chunks.add(Arrays.copyOf(bytes.array(), bytes.position())); // what was asked for, somebody waits for
      }
    } catch (ClosedChannelException e) {
      closed = true;
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
    if (at == chunk.length && !next(length)) {
      if (failure != null) throw failure;
      return -1;
    }
    int n = Math.min(length, chunk.length - at);
    System.arraycopy(chunk, at, into, offset, n);
    at += n;
    return n;
  }

  private boolean next(int length) throws IOException {
    if (closed) return false;
    if (joined && !asking) asked.add(Math.min(length, CHUNK));
    asking = true;
    try {
      byte[] taken = null;
      while (taken == null) {
        taken = chunks.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (taken != null || endedAt == 0 || System.nanoTime() - endedAt < GRACE.toNanos()) continue;
        if (!joined) return false; // somebody else's now
        close(); // what came at this moment is still given
      }
      chunk = taken;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading a container's output was interrupted");
    }
    asking = false;
    at = 0;
    if (!joined) asked.add(CHUNK);
    if (chunk.length > 0) return true;
    chunks.add(END);
    return false;
  }

  /** Nobody reads any more, one who waits for bytes included. */
  @Override
  public void close() throws IOException {
    closed = true;
    if (joined) {
      fifo.close(); // ends the thread's read, and waits for that; what it has got by then goes to who asked for it
    } else {
      chunks.clear();
      chunks.add(END);
    }
    asked.add(CHUNK); // the thread goes on, and empties the pipe, or ends
  }
}
