package io.gantry.kit.registry;

import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/** So many bytes a second, shared by all who take; guarded by its own monitor, which is not held while waiting. */
final class Rate {
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
    if (wait <= 0) return;
    try {
      TimeUnit.NANOSECONDS.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the proxy is being closed");
    }
  }

  private synchronized long reserve(int bytes) {
    if (bytesPerSecond == 0) return 0;
    long now = System.nanoTime();
    nextFree = Math.max(nextFree, now) + bytes * 1_000_000_000L / bytesPerSecond;
    return nextFree - now;
  }
}
