package io.gantry.resolver.docker;

import io.gantry.api.CorruptException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A request's body that the calling thread reads and hands on (P-5). The JDK's own reads a stream on a thread of its client, which goes on
 * after the call was given up. At most as many chunks are on their way as the client asked for. The lock guards all fields but the size; it
 * is not held while anything is read or handed on.
 */
final class Upload implements HttpRequest.BodyPublisher, Flow.Subscription {
  private static final int CHUNK = 64 << 10;
  private static final long LOOK_MILLIS = 1000; // for the deadline

  private final long size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private Flow.Subscriber<? super ByteBuffer> subscriber;
  private long demand;
  private boolean cancelled;

  /** @param at the host that takes the bytes */
  record Limits(String at, Duration stall, Instant deadline) {}

  /** @param size bytes that will come; 1 or more */
  Upload(long size) {
    this.size = size;
  }

  @Override
  public long contentLength() {
    return size;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> s) {
    lock.lock();
    try {
      subscriber = s;
    } finally {
      lock.unlock();
    }
    s.onSubscribe(this);
  }

  @Override
  public void request(long n) {
    lock.lock();
    try {
      demand = n > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + n;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void cancel() {
    wake(true);
  }

  private void wake(boolean cancel) {
    lock.lock();
    try {
      cancelled |= cancel;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reads the body and hands it on, until all is handed on or an answer came. The last chunk waits until the body has told its end, so that
   * no registry gets all bytes of a body whose end fails (P-3).
   */
  void pour(InputStream body, CompletableFuture<?> answer, Limits limits) throws Failure, IOException {
    answer.whenComplete((r, t) -> wake(false));
    for (long left = size; left > 0; ) {
      byte[] chunk = body.readNBytes((int) Math.min(CHUNK, left));
      left -= chunk.length;
      if (chunk.length == 0) throw wrong(size - left + " bytes");
      if (left == 0 && body.read() >= 0) throw wrong("more");
      if (!await(answer, limits)) return;
      subscriber.onNext(ByteBuffer.wrap(chunk));
    }
    if (size > 0) subscriber.onComplete();
    else if (body.read() >= 0) throw wrong("more");
  }

  private CorruptException wrong(String came) {
    return new CorruptException("the bytes to upload are not as many as their descriptor says", size + " bytes", came);
  }

  /** Waits until one chunk more is wanted; false where none will be. */
  private boolean await(CompletableFuture<?> answer, Limits limits) throws Failure, InterruptedIOException {
    long end = System.nanoTime() + limits.stall.toNanos();
    lock.lock();
    try {
      while (demand == 0 && !cancelled && !answer.isDone()) {
        if (Instant.now().isAfter(limits.deadline)) throw Failure.unavailable("the time for it is up", Duration.ZERO);
        if (System.nanoTime() - end >= 0) {
          throw Failure.unavailable(limits.at + " took no byte for " + limits.stall.toSeconds() + " s", Duration.ZERO);
        }
        moved.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
      if (cancelled || answer.isDone()) return false;
      demand--;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while uploading to " + limits.at);
    } finally {
      lock.unlock();
    }
  }
}
