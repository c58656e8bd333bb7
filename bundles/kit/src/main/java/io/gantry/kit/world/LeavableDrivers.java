package io.gantry.kit.world;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lends as the manager does: each call runs on a thread of its own, which nobody interrupts. A caller that is interrupted, or late by its
 * scope's deadline, leaves, and the call runs on.
 */
public class LeavableDrivers extends LentDrivers {
  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    return run(ref, scope, () -> super.lend(type, ref, scope, call));
  }

  @Override
  public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
    return run(ref, scope, () -> super.yielding(type, ref, scope, call));
  }

  @Override
  public <R> R callAll(List<DriverRef> refs, Scope scope, DriverCall<List<Borrowed<Object>>, R> call) throws IOException {
    return run(refs.getFirst(), scope, () -> super.callAll(refs, scope, call));
  }

  private static <R> R run(DriverRef ref, Scope scope, Callable<R> call) throws IOException {
    var answer = new FutureTask<>(call);
    Thread.ofPlatform().daemon().name("driver-" + ref).start(answer);
    try {
      if (scope.deadline().equals(Instant.MAX)) return answer.get();
      return answer.get(Duration.between(Instant.now(), scope.deadline()).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted during a call of driver " + ref + "; the call runs on").initCause(e);
    } catch (TimeoutException e) {
      throw new UnavailableException("driver " + ref + " has not answered at the deadline; its call is left running");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) throw io;
      if (e.getCause() instanceof RuntimeException r) throw r;
      throw new IllegalStateException("a call of driver " + ref, e.getCause());
    }
  }
}
