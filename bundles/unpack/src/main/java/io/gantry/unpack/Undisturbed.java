package io.gantry.unpack;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Cleaning up for a caller that may be interrupted, before or meanwhile: done by a thread that nobody interrupts, since a call of a driver
 * ends at an interruption, and what was to go would stay. The caller waits for the end and is interrupted afterwards as it was before.
 */
final class Undisturbed {
  private Undisturbed() {}

  /** What is done. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /** Blocks until the work has ended; only its own time limits end it sooner. */
  static void run(Work work) throws IOException {
    var task = new FutureTask<Void>(() -> {
      work.run();
      return null;
    });
    Thread.ofPlatform().daemon().name("unpack-clean-up").start(task);
    await(task);
    if (task.state() == Future.State.FAILED) throw asThrown(task.exceptionNow());
  }

  /** Blocks until it has ended, well or not. */
  static void await(Future<?> future) {
    boolean interrupted = false;
    while (!future.isDone()) {
      try {
        future.get();
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        break; // whoever asks for its outcome is told
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  /** What work of ours threw on another thread, to be thrown on this one. */
  static IOException asThrown(Throwable thrown) {
    switch (thrown) {
      case IOException e -> {
        return e;
      }
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(thrown);
    }
  }
}
