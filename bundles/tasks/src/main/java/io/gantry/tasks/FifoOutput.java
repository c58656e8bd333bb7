package io.gantry.tasks;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.EventFd;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Open;
import io.gantry.linux.Poll;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process writes into a named pipe, as a stream. A thread of its own reads, since a native read pins a virtual thread's carrier; a
 * bounded queue is between, so that a slow reader slows the process down and costs no memory. Once it is closed, or its copy cannot be
 * written, the pipe is still emptied: the other side holds it open itself, and would stand still for ever when it is full. A pipe that a
 * client made is not: of that only what somebody asks for is read, and nothing once it is closed, so that another reader gets the rest.
 */
final class FifoOutput extends InputStream {
  private static final Logger LOG = LoggerFactory.getLogger(FifoOutput.class);
  private static final byte[] END = new byte[0];
  private static final int CHUNK = 32 * 1024;
  private static final int CHUNKS = 16;
  private static final Duration LOOK = Duration.ofSeconds(2);
  /** How long a pipe that another process still holds is read after the end of ours. */
  private static final long GRACE_NANOS = Duration.ofSeconds(2).toNanos();

  /** How soon one that only joined sees that the process has ended. */
  private static final Duration JOINED_LOOK = Duration.ofMillis(100);

  private final Fd fifo;
  private final EventFd wake;
  private final OutputStream copy;
  /** Bounded by what is asked for alone, so that the end always has a place. */
  private final BlockingQueue<byte[]> chunks = new LinkedBlockingQueue<>();
  /** What may be read, as the largest size of each chunk. */
  private final BlockingQueue<Integer> asked = new LinkedBlockingQueue<>();
  /** Of one that only joined: tells the end of the process; else null. */
  private final Live until;
  private final Thread thread;
  private volatile IOException failure;
  private volatile boolean closed;
  private volatile long endedAt;
  /** Whether the descriptors are closed; guarded by the monitor. */
  private boolean over;
  private boolean seen;
  private byte[] chunk = END;
  private int at;
  /** Whether a chunk was asked for, and did not come yet. */
  private boolean asking;

  /**
   * Opens the pipe's reading end, which must be before the other side writes.
   *
   * @param copy gets every byte too; closed at the end, and where this fails
   */
  FifoOutput(Path path, OutputStream copy) throws IOException {
    this(path, copy, null);
  }

  private FifoOutput(Path path, OutputStream copy, Live until) throws IOException {
    this.copy = copy;
    this.until = until;
    for (int i = 0; i <= CHUNKS && until == null; i++) asked.add(CHUNK); // one more, to see the end behind as many as are kept
    var undo = new Undo();
    undo.push(copy::close);
    try {
      this.fifo = Fd.open(path, Open.RDONLY | Open.NONBLOCK, 0);
      undo.push(fifo::close);
      if (until != null) requirePipe(path, fifo);
      this.wake = new EventFd();
      undo.push(wake::close);
      this.thread = Thread.ofPlatform().daemon().name("fifo-" + path.getFileName()).start(this::pump);
    } catch (IOException | RuntimeException | OutOfMemoryError e) { // the last is what is thrown where there are too many threads
      undo.all(e);
      throw e;
    }
  }

  /**
   * Joins the readers of a pipe that a client made: once this is closed nobody here reads it any more.
   *
   * @param until the process that writes
   */
  static FifoOutput join(Path path, Live until) throws IOException {
    if (!Files.exists(path)) {
      throw new NotFoundException("the FIFO " + path + " is gone: whoever made it removed it, and nobody can read it");
    }
    return new FifoOutput(path, OutputStream.nullOutputStream(), until);
  }

  static void requirePipe(Path path, Fd fd) throws IOException {
    if (fd.stat().type() != Mode.FIFO) throw new UnsupportedException(path + " is no FIFO, and cannot be read or written as one");
  }

  /** The process has ended: what is in the pipe is still read. */
  void ended() throws IOException {
    endedAt = System.nanoTime();
    wake();
  }

  /** The pump closes its descriptors when it ends, perhaps at this moment. */
  private synchronized void wake() throws IOException {
    if (!over) wake.wake();
  }

  private synchronized void over() throws IOException {
    over = true;
    try (fifo) {
      wake.close();
    }
  }

  private void pump() {
    byte[] bytes = new byte[CHUNK];
    try (Closeable descriptors = this::over; copy) {
      while (true) {
        int n = next(bytes, closed ? CHUNK : asked.take());
        if (n < 0) break;
        keep(bytes, n);
        if (!closed || until != null) chunks.add(Arrays.copyOf(bytes, n)); // what was asked for, somebody waits for
      }
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      chunks.add(END);
    }
  }

  /** Waits for bytes; negative at the end, and where nobody reads what is not ours. */
  private int next(byte[] bytes, int most) throws IOException {
    while (until == null || !closed) {
      try {
        int n = fifo.read(bytes, 0, most);
        if (n > 0) return n;
        if (endedAt != 0 || opened()) return -1;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EAGAIN) throw e;
        if (expired()) return -1;
      }
      waitForBytes();
    }
    return -1;
  }

  /** Whoever reads is told at the end of what could not be written. */
  private void keep(byte[] bytes, int n) {
    if (failure != null) return;
    try {
      copy.write(bytes, 0, n);
    } catch (IOException e) {
      failure = e;
      LOG.warn("what {} has to say from here on is not kept", thread.getName(), e);
    }
  }

  private boolean expired() {
    return endedAt != 0 && System.nanoTime() - endedAt > GRACE_NANOS;
  }

  /** An empty read means no writer; it is the end only after there was one, which poll tells by its hang-up. */
  private boolean opened() throws IOException {
    boolean before = seen;
    seen = Poll.readable(new int[] {fifo.raw()}, Duration.ZERO)[0];
    return before && seen;
  }

  private void waitForBytes() throws IOException {
    Duration look = until == null ? LOOK : JOINED_LOOK;
    boolean[] ready = Poll.readable(new int[] {fifo.raw(), wake.raw()}, endedAt == 0 ? look : Duration.ofMillis(50));
    if (ready[1]) wake.clear();
    if (until != null && endedAt == 0 && until.exit().isPresent()) endedAt = System.nanoTime();
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

  private boolean next(int length) throws InterruptedIOException {
    if (closed) return false;
    if (until != null && !asking) asked.add(Math.min(length, CHUNK));
    asking = true;
    try {
      chunk = chunks.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading a container's output was interrupted");
    }
    asking = false;
    at = 0;
    if (until == null) asked.add(CHUNK);
    if (chunk.length > 0) return true;
    chunks.add(END);
    return false;
  }

  /** Nobody reads any more, one who waits for bytes included. */
  @Override
  public void close() throws IOException {
    closed = true;
    if (until == null) {
      chunks.clear();
      chunks.add(END);
    }
    asked.add(CHUNK); // the thread goes on, and empties the pipe, or ends
    wake();
  }
}
