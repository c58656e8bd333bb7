package io.gantry.transfer;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Bytes on their way from a driver's body, read on the driver's thread, to whoever writes them: so that no reader ever holds something of a
 * driver. One thread pours, one reads. What was poured is read even where the pouring failed afterwards, so that no byte is fetched twice.
 *
 * <p>The lock guards the two positions and the flags; bytes are copied outside of it, into the room that only the pouring thread has.
 */
final class Pipe extends InputStream {
  private static final int SIZE = 512 << 10;
  private static final int MOST = 128 << 10;
  private static final long LOOK_MILLIS = 50; // how often a waiting pourer looks whether its driver is wanted back

  private final byte[] ring = new byte[SIZE];
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private long poured;
  private long taken;
  private boolean ended;
  private boolean closed;
  private IOException failure;
  private Closeable body;

  /**
   * Reads once from a stream into the pipe, waiting for room.
   *
   * @param most bytes to take
   * @param stop asked while there is no room
   * @return bytes taken; -1 at the stream's end; 0 when there is no reader any more, or when stopped
   */
  int pour(InputStream in, long most, BooleanSupplier stop) throws IOException {
    int at;
    int room;
    lock.lock();
    try {
      while (poured - taken == SIZE && !closed && !stop.getAsBoolean()) await(LOOK_MILLIS);
      if (closed || poured - taken == SIZE) return 0;
      at = (int) (poured % SIZE);
      room = (int) Math.min(Math.min(SIZE - at, SIZE - (poured - taken)), Math.min(most, MOST));
    } finally {
      lock.unlock();
    }
    int n = in.read(ring, at, room);
    if (n > 0) advance(n);
    return n;
  }

  private void advance(int n) {
    lock.lock();
    try {
      poured += n;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What is to be closed when the reader goes away, which the pouring thread may be waiting in; false when it is gone already. */
  boolean attach(Closeable b) {
    lock.lock();
    try {
      body = b;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** The end of the bytes. */
  void end() {
    finish(null);
  }

  /** Makes the reader fail, once it has read what there is. */
  void fail(IOException e) {
    finish(e);
  }

  private void finish(IOException e) {
    lock.lock();
    try {
      ended = true;
      failure = e;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
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
    int at;
    int n;
    lock.lock();
    try {
      while (poured == taken && !ended && !closed) await(Long.MAX_VALUE);
      if (closed) throw new IOException("this stream was closed");
      if (poured == taken && failure != null) throw failure;
      if (poured == taken) return -1;
      at = (int) (taken % SIZE);
      n = (int) Math.min(Math.min(length, SIZE - at), poured - taken);
    } finally {
      lock.unlock();
    }
    System.arraycopy(ring, at, into, offset, n);
    lock.lock();
    try {
      taken += n;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    return n;
  }

  private void await(long millis) throws InterruptedIOException {
    try {
      if (millis == Long.MAX_VALUE) moved.await();
      else moved.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for bytes");
    }
  }

  /** Ends the pouring too, wherever it waits. */
  @Override
  public void close() throws IOException {
    Closeable b;
    lock.lock();
    try {
      closed = true;
      b = body;
      body = null;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    if (b != null) b.close();
  }
}
