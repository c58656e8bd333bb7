package io.gantry.kit.registry;

import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** So many bytes a second, shared by all who take; guarded by its own monitor, which is not held while waiting. */
final class Rate {
  private final CountDownLatch over = new CountDownLatch(1);
  private long bytesPerSecond;
  private long nextFree = System.nanoTime();

  Rate(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  synchronized void set(long rate) {
    bytesPerSecond = rate;
    nextFree = System.nanoTime();
  }

  void take(int bytes) throws InterruptedIOException {
    long wait = reserve(bytes);
    try {
      if (wait <= 0 || !over.await(wait, TimeUnit.NANOSECONDS)) return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new InterruptedIOException("the proxy is being closed");
  }

  /** Who waits for his turn gets none. */
  void end() {
    over.countDown();
  }

  private synchronized long reserve(int bytes) {
    if (bytesPerSecond == 0) return 0;
    long now = System.nanoTime();
    nextFree = Math.max(nextFree, now) + bytes * 1_000_000_000L / bytesPerSecond;
    return nextFree - now;
  }
}
