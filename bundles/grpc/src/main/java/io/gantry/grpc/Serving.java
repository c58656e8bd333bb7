package io.gantry.grpc;

import io.gantry.api.InvalidException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * One address, from when it can be opened: where it is in use, or a file or folder is not there yet, it is tried again, each time after a
 * longer pause. What is wrong in itself waits for another configuration.
 */
final class Serving implements AutoCloseable {
  /** Opens an address. */
  @FunctionalInterface
  interface Opening {
    /** @throws InvalidException it is no address at all */
    Listener open() throws IOException;
  }

  /** Between two attempts. */
  record Pauses(Duration first, Duration longest) {
    static final Pauses USUAL = new Pauses(Duration.ofMillis(500), Duration.ofSeconds(30));

    Duration after(Duration pause) {
      Duration twice = pause.multipliedBy(2);
      return twice.compareTo(longest) < 0 ? twice : longest;
    }
  }

  private final Opening opening;
  private final Pauses pauses;
  private final Logger log;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Thread attempts;
  /** Of the one thread that opens; read by others after its end. */
  private Listener listener;

  private Serving(Opening opening, Pauses pauses, Logger log) {
    this.opening = opening;
    this.pauses = pauses;
    this.log = log;
  }

  /**
   * Serves at once where that can be.
   *
   * @param log told once that it does not work, and once that it does
   */
  static Serving begin(Opening opening, Pauses pauses, Logger log) {
    var serving = new Serving(opening, pauses, log);
    try {
      serving.open();
    } catch (InvalidException | IllegalArgumentException e) {
      log.error("grpc.cfg: {}; nobody is served there until it is right", e.getMessage());
    } catch (IOException e) {
      log.error("grpc.cfg: {}; nobody is served there yet, it is tried again until that works", e.getMessage());
      serving.attempts = Thread.ofVirtual().name("api-address").start(serving::again);
    }
    return serving;
  }

  private void open() throws IOException {
    listener = opening.open();
    log.info("containerd's API is served on {}", listener);
  }

  private void again() {
    try {
      for (Duration pause = pauses.first(); !closed.await(pause.toMillis(), TimeUnit.MILLISECONDS); pause = pauses.after(pause)) {
        if (opened()) return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean opened() {
    try {
      open();
      return true;
    } catch (IOException | RuntimeException e) {
      log.debug("grpc.cfg: {}; it is tried again", e.getMessage());
      return false;
    }
  }

  /** Nothing is tried or served afterwards. Waits for an attempt that is under way. */
  @Override
  public void close() {
    closed.countDown();
    boolean interrupted = false;
    while (attempts != null && attempts.isAlive()) {
      try {
        attempts.join();
      } catch (InterruptedException e) {
        interrupted = true; // what it opens at this moment has to be closed nevertheless
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
    if (listener != null) listener.close();
  }
}
