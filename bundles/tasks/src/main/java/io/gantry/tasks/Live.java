package io.gantry.tasks;

import io.gantry.api.UnavailableException;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A process this manager waits for. The monitor guards its end. */
final class Live {
  private Exit exit;
  private boolean left;

  synchronized void ended(Exit how) {
    if (exit == null) exit = how;
    notifyAll();
  }

  /** Nobody here learns its end any more. */
  synchronized void left() {
    left = true;
    notifyAll();
  }

  synchronized Optional<Exit> exit() {
    return Optional.ofNullable(exit);
  }

  /** @throws UnavailableException the deadline passed, or this part of the manager is stopped */
  synchronized Exit await(String what, Instant deadline) throws InterruptedIOException, UnavailableException {
    try {
      while (exit == null) {
        if (left) {
          throw new UnavailableException(what + " runs on, and is no longer watched here, since bundle tasks was stopped; try again");
        }
        long millis = deadline.equals(Instant.MAX) ? 0 : Duration.between(Instant.now(), deadline).toMillis();
        if (millis < 0 || millis == 0 && !deadline.equals(Instant.MAX)) {
          throw new UnavailableException(what + " still runs at the deadline");
        }
        wait(millis);
      }
      return exit;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for " + what + " was interrupted");
    }
  }

  /** Waits a moment, less when it is left; of a thread that nobody interrupts. */
  synchronized void rest(Duration moment) {
    try {
      if (!left) wait(moment.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits a moment, less when it ends; whether it has ended. */
  synchronized boolean pause(Duration moment) throws InterruptedIOException {
    try {
      if (exit == null) wait(moment.toMillis());
      return exit != null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("following was interrupted");
    }
  }
}
