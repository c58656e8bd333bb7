package io.gantry.transfer;

import io.gantry.api.Scope;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;

/** What is done after a failure, which may be an interruption or the end of the time there was: neither may end this, too. */
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
   * Blocks as the work does. Interruptions before and meanwhile are kept for the caller's next wait.
   *
   * @param why what the caller throws, which keeps what goes wrong here
   */
  static void after(Throwable why, Work work) {
    boolean interrupted = Thread.interrupted();
    for (int tries = 0; tries < TRIES; tries++) {
      try {
        work.run();
        break;
      } catch (InterruptedIOException e) {
        interrupted = true;
        Thread.interrupted();
        why.addSuppressed(e);
      } catch (IOException | RuntimeException e) {
        why.addSuppressed(e);
        break;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
