package io.gantry.layer.tar;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads a stream on a thread of its own, up to 2 MiB ahead: bytes are inflated and hashed there, while files are created here. Every byte
 * can be read as soon as the source gave it. What the source throws is thrown here, the same object, once the bytes before it are read. One
 * reader.
 *
 * <p>The lock guards the two positions and the end; it is never held across a read of the source.
 */
final class ReadAhead extends InputStream {
  private static final int RING = 1 << 21;
  private static final int PART = 1 << 18; // the most that is read, and given back, at once

  private final byte[] ring = new byte[RING];
  private final InputStream source;
  private final Runnable stop;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition come = lock.newCondition();
  private final Condition gone = lock.newCondition();
  private long written;
  private long consumed;
  private boolean ended;
  private Throwable failure;

  // the reader's own: what it may read without looking
  private long at;
  private long limit;

  /** @param stop makes a read of the source end that no interruption ends */
  ReadAhead(InputStream source, Runnable stop, String name) {
    this.source = source;
    this.stop = stop;
    thread = Thread.ofPlatform().daemon().name(name).inheritInheritableThreadLocals(false)
        .start(new FutureTask<>(this::pump, null)); // decision 0005
  }

  private void pump() {
    Throwable thrown = null;
    try {
      for (int space; (space = space()) > 0; ) {
        int n = source.read(ring, (int) (written % RING), space);
        if (n < 0) break;
        publish(n);
      }
    } catch (InterruptedException e) {
      return; // by close alone
    } catch (Throwable e) {
      thrown = e;
    }
    lock.lock();
    try {
      ended = true;
      failure = thrown;
      come.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for room, and answers how much of it lies in one piece. */
  private int space() throws InterruptedException {
    lock.lock();
    try {
      while (written - consumed > RING - PART) gone.await();
      return (int) Math.min(PART, RING - written % RING);
    } finally {
      lock.unlock();
    }
  }

  private void publish(int count) {
    lock.lock();
    try {
      written += count;
      come.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    return ready() ? ring[(int) (at++ % RING)] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) return 0;
    if (!ready()) return -1;
    int n = inOnePiece(count);
    System.arraycopy(ring, (int) (at % RING), into, offset, n);
    at += n;
    return n;
  }

  @Override
  public long skip(long count) throws IOException {
    if (count <= 0 || !ready()) return 0;
    int n = inOnePiece(count);
    at += n;
    return n;
  }

  private int inOnePiece(long count) {
    return (int) Math.min(Math.min(count, limit - at), RING - at % RING);
  }

  /** Whether there is a byte to be read; false at the end. */
  private boolean ready() throws IOException {
    if (at < limit) return true;
    lock.lock();
    try {
      consumed = at;
      gone.signal();
      while (written == at && !ended) come.await();
      limit = Math.min(written, at + PART);
      if (at == limit) rethrow();
      return at < limit;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a layer");
    } finally {
      lock.unlock();
    }
  }

  private void rethrow() throws IOException {
    switch (failure) {
      case null -> {}
      case IOException io -> throw io;
      case RuntimeException r -> throw r;
      case Error error -> throw error;
      default -> throw new IllegalStateException(failure);
    }
  }

  /** Ends the thread and waits for its end. */
  @Override
  public void close() {
    stop.run();
    thread.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
