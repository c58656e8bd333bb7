package io.gantry.oci.cleanup;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * What is done at the end, perhaps after an interruption or when the time there was is up: neither may end this, too. It is done by a
 * thread that nobody interrupts, since a call of a driver is left at an interruption, and what was to go would stay. The caller waits for
 * the end, and is interrupted afterwards as it was before; so it holds no lock that the work needs.
 */
public final class CleanUp {
  private CleanUp() {}

  /** What is done. */
  @FunctionalInterface
  public interface Work {
    /** @param last the caller's scope with no deadline, so that only limits of its own end the work sooner */
    void run(Scope last) throws IOException;
  }

  /**
   * Blocks until the work has ended, and throws what it threw.
   *
   * @param scope the caller's, whatever its deadline
   */
  public static void run(Scope scope, Work work) throws IOException {
    var task = new FutureTask<Void>(() -> {
      work.run(scope.lasting());
      return null;
    });
    Thread.ofPlatform().daemon().name("clean-up").start(task);
    await(task);
    if (task.state() == Future.State.FAILED) throw asThrown(task.exceptionNow());
  }

  /**
   * Blocks until the work has ended.
   *
   * @param why what the caller throws, which keeps what goes wrong here
   * @param scope the caller's, whatever its deadline
   */
  public static void after(Throwable why, Scope scope, Work work) {
    try {
      run(scope, work);
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  /** Blocks until it has ended, well or not. */
  public static void await(Future<?> future) {
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
  public static IOException asThrown(Throwable thrown) {
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
