package io.gantry.remote;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Pauses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;

/**
 * Tries again what is unavailable, as long as a manager may take to start anew or to notice that a client is gone. Any number of threads.
 */
final class Patience {
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static final Duration FIRST = Duration.ofMillis(10);
  private static final Duration SLOWEST = Duration.ofMillis(500);

  /** What may fail for a time. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  private final Pauses pauses = new Pauses();
  private final Duration longest;

  Patience() {
    this(LONGEST);
  }

  /** @param longest how long something is tried again at most */
  Patience(Duration longest) {
    this.longest = longest;
  }

  /** @throws IOException what it fails with, where that is another error, or time or the scope's deadline is up, or {@link #end} came */
  <T> T with(Scope scope, Work<T> work) throws IOException {
    Instant end = scope.within(longest).deadline();
    Duration pause = FIRST;
    while (true) {
      try {
        return work.run();
      } catch (UnavailableException e) {
        if (Instant.now().isAfter(end) || !pause(pause)) throw e;
      }
      if (pause.compareTo(SLOWEST) < 0) pause = pause.multipliedBy(2);
    }
  }

  /** Waits so long; false at once where trying again is of no use any more. */
  boolean pause(Duration pause) throws InterruptedIOException {
    return pauses.pause(pause, "for the manager");
  }

  Pauses pauses() {
    return pauses;
  }

  /** The connection is closed here: whoever waits is woken, and tries no more. */
  void end() {
    pauses.end();
  }
}
