package io.gantry.transfer;

import io.gantry.api.Scope;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.Optional;

/** What is done at the end, perhaps after an interruption or when the time there was is up: neither may end this, too. */
final class CleanUp {
  private static final int TRIES = 5;

  private CleanUp() {}

  /** What is done, and done again where an interruption ended it. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /** The same scope with no deadline. */
  static Scope scope(Scope of) {
    return new Scope(of.namespace(), of.principal(), of.lease(), Instant.MAX);
  }

  /**
   * Blocks as the work does.
   *
   * @param why what the caller throws, which keeps what goes wrong here
   */
  static void after(Throwable why, Work work) {
    undisturbed(work).ifPresent(why::addSuppressed);
  }

  /** Blocks as the work does; interruptions before and meanwhile are kept for the caller's next wait. @return what went wrong */
  static Optional<Exception> undisturbed(Work work) {
    boolean interrupted = Thread.interrupted();
    Optional<Exception> wrong = Optional.empty();
    for (int tries = 0; tries < TRIES; tries++) {
      try {
        work.run();
        wrong = Optional.empty();
        break;
      } catch (InterruptedIOException e) {
        interrupted = true;
        Thread.interrupted();
        wrong = Optional.of(e);
      } catch (IOException | RuntimeException e) {
        wrong = Optional.of(e);
        break;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
    return wrong;
  }
}
