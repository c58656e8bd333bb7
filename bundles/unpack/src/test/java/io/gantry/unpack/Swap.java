package io.gantry.unpack;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lends as the swap does where a caller is interrupted or its deadline comes: it is told so, is no longer interrupted, and a long call runs
 * on, by a thread of its own.
 */
final class Swap extends LentDrivers {
  /** Counts long calls that have ended. */
  final Semaphore ended = new Semaphore(0);
  /** Long calls run on the caller's thread, so that an interruption is that of the driver. */
  volatile boolean inPlace;
  /** Callers of long calls come to see an interruption too late, at the end of the call; counts down when there was one. */
  volatile CountDownLatch late;

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    refused(ref, scope);
    return super.lend(type, ref, scope, call);
  }

  @Override
  public <R> R callAll(List<DriverRef> refs, Scope scope, DriverCall<List<Borrowed<Object>>, R> call) throws IOException {
    refused(refs.getFirst(), scope);
    return super.callAll(refs, scope, call);
  }

  private static void refused(DriverRef ref, Scope scope) throws IOException {
    if (Thread.interrupted()) throw new InterruptedIOException("interrupted during a call of driver " + ref);
    if (scope.deadline().isBefore(Instant.now())) throw unanswered(ref);
  }

  private static UnavailableException unanswered(DriverRef ref) {
    return new UnavailableException("driver " + ref + " did not answer before the deadline");
  }

  @Override
  public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
    if (inPlace) return super.yielding(type, ref, scope, call);
    refused(ref, scope);
    var task = new FutureTask<R>(() -> {
      try {
        return super.yielding(type, ref, scope, call);
      } finally {
        ended.release();
      }
    });
    Thread.ofPlatform().daemon().start(task);
    boolean limited = scope.deadline().isBefore(Instant.MAX);
    while (true) {
      try {
        return limited ? task.get(Duration.between(Instant.now(), scope.deadline()).toMillis(), TimeUnit.MILLISECONDS) : task.get();
      } catch (InterruptedException e) {
        if (late == null) throw new InterruptedIOException("interrupted during a call of driver " + ref + "; the call runs on");
        late.countDown();
      } catch (TimeoutException e) {
        throw unanswered(ref);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException io) throw io;
        throw (RuntimeException) e.getCause();
      }
    }
  }
}
