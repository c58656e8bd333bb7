package io.gantry.swap;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Sixteen callers that call without a pause. */
final class Load {
  private final List<Future<Void>> callers = new ArrayList<>();
  private final AtomicInteger calls = new AtomicInteger();
  private volatile boolean end;

  Load(InFramework test, Callable<?> call) {
    for (int i = 0; i < 16; i++) {
      callers.add(test.callers.submit(() -> {
        while (!end) {
          call.call();
          calls.incrementAndGet();
        }
        return null;
      }));
    }
  }

  int calls() {
    return calls.get();
  }

  /** Ends it and answers how many calls there were. @throws ExecutionException the first failure of a caller */
  int end() throws InterruptedException, ExecutionException {
    end = true;
    for (Future<Void> f : callers) f.get();
    return calls.get();
  }
}
