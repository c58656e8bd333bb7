package io.gantry.oci.bytes;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The pauses of a service between its tries; all end when the service does. Any number of threads. */
public final class Pauses {
  private final CountDownLatch over = new CountDownLatch(1);

  /**
   * Blocks so long.
   *
   * @param why for the message, e.g. {@code to try again}
   * @return false, at once, where trying again is of no use any more
   * @throws InterruptedIOException the thread was interrupted, and stays so
   */
  public boolean pause(Duration pause, String why) throws InterruptedIOException {
    try {
      return !over.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting " + why);
    }
  }

  /** The service ends: whoever waits is woken, and tries no more. */
  public void end() {
    over.countDown();
  }
}
