package io.gantry.transfer;

import io.gantry.api.GantryException;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Pauses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When to try again: as often as there is progress in between, and a few times in a row without any; later each time, with jitter, so that
 * many layers do not come back at once, and not before the other side asked for.
 */
final class Retries {
  private static final int UNHEARD_RETRIES = 2;
  private final Settings settings;
  private final Pauses pauses;
  private final Instant deadline;
  private final int unheard;
  private int failures;

  Retries(Registries registries, Instant deadline) {
    this(registries, deadline, registries.settings().retries());
  }

  private Retries(Registries registries, Instant deadline, int unheard) {
    this.settings = registries.settings();
    this.pauses = registries.pauses();
    this.deadline = deadline;
    this.unheard = unheard;
  }

  /** For the first word with a registry, which may not be there at all: whoever mistyped a name wants to be told so soon. */
  static Retries first(Registries registries, Instant deadline) {
    return new Retries(registries, deadline, Math.min(registries.settings().retries(), UNHEARD_RETRIES));
  }

  /** Whether there was no connection: no such host, or nobody who listens. */
  private static boolean isUnheard(Throwable e) {
    for (Throwable c = e; c != null; c = c.getCause()) if (c instanceof ConnectException) return true;
    return false;
  }

  void progress() {
    failures = 0;
  }

  /**
   * Waits before the next try.
   *
   * @throws IOException the same, when it is not to be tried again, or the service ends
   */
  void pause(IOException e) throws IOException {
    Duration asked = e instanceof UnavailableException u ? u.retryAfter() : Duration.ZERO;
    boolean passing = e instanceof UnavailableException || !(e instanceof GantryException || e instanceof InterruptedIOException);
    int most = isUnheard(e) ? unheard : settings.retries();
    if (!passing || ++failures > most || asked.compareTo(settings.retryLongest()) > 0) throw e;
    Duration wait = settings.retryFirst().multipliedBy(1L << Math.min(failures - 1, 10));
    wait = wait.plusMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2 + 1));
    if (asked.compareTo(wait) > 0) wait = asked;
    if (deadline != Instant.MAX && Instant.now().plus(wait).isAfter(deadline)) throw e;
    try {
      if (!pauses.pause(wait, "to try again")) throw e;
    } catch (InterruptedIOException interrupted) {
      throw (IOException) interrupted.initCause(e);
    }
  }
}
