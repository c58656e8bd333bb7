package io.gantry.linux;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Native calls that wait for a disk or the kernel. A native frame pins a virtual thread to its carrier, of which there are as many as
 * cores; so a virtual thread's call runs on {@link NativePool} while it waits. A platform thread makes its call itself.
 */
public final class Blocking {
  private Blocking() {}

  /** Work with one native call in it. */
  @FunctionalInterface
  public interface Call<R> {
    R call() throws IOException;
  }

  /**
   * Runs it and waits for its end, also when interrupted: what an fsync or mount did must be known. The interruption is kept.
   *
   * @throws IOException as thrown by the call, with its own stack trace
   */
  public static <R> R call(Call<R> call) throws IOException {
    if (!Thread.currentThread().isVirtual()) return call.call();
    var task = new FutureTask<>(call::call);
    NativePool.run(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException r -> throw r;
        case Error error -> throw error;
        default -> throw new IllegalStateException("a native call threw a checked exception", e.getCause());
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }
}
