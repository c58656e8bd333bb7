package io.gantry.transfer;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;

/** Waits for what others have to do first: no longer than the call may take. */
final class Waiting {
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private Waiting() {}

  /** One wait. */
  @FunctionalInterface
  interface Wait {
    /** @return false where the time went by first */
    boolean atMost(long nanos) throws InterruptedException;
  }

  /**
   * Blocks until it may go on.
   *
   * @param why for the messages, e.g. {@code to fetch sha256:…}
   * @throws UnavailableException the scope's deadline came first
   * @throws InterruptedIOException the thread was interrupted, and stays so
   */
  static void within(Scope scope, String why, Wait wait) throws IOException {
    try {
      if (!wait.atMost(nanosTo(scope.deadline()))) throw new UnavailableException("the time for it was up while it waited " + why);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting " + why);
    }
  }

  private static long nanosTo(Instant deadline) {
    Instant now = Instant.now();
    return deadline.isAfter(now.plus(FOR_EVER)) ? Long.MAX_VALUE : Duration.between(now, deadline).toNanos();
  }
}
