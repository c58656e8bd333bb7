package io.gantry.kit.rules;

import io.gantry.kit.Trial;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What a driver starts: its threads are in the group of the thread that called it, so those of others in this JVM are not seen. */
final class Threads {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long STEP_NANOS = Duration.ofMillis(10).toNanos();
  private final ThreadGroup group = new ThreadGroup("trial");

  /** Calls a driver from a thread of this group. */
  void run(Trial.Call call) throws Exception {
    Throwable[] thrown = new Throwable[1];
    Thread caller = new Thread(group, () -> {
      try {
        call.run();
      } catch (Throwable e) {
        thrown[0] = e;
      }
    }, "caller");
    caller.start();
    caller.join();
    if (thrown[0] instanceof Error e) throw e;
    if (thrown[0] instanceof Exception e) throw e;
  }

  /** The names of those that live. */
  List<String> alive() {
    Thread[] all = new Thread[group.activeCount() + 100];
    group.enumerate(all);
    return Arrays.stream(all).filter(Objects::nonNull).filter(Thread::isAlive).map(Thread::getName).toList();
  }

  /** Makes all calls at once, and answers how each of them failed, if it did. */
  static List<Optional<IOException>> together(List<Trial.Call> calls) throws Exception {
    CyclicBarrier start = new CyclicBarrier(calls.size());
    List<Future<Optional<IOException>>> all = new ArrayList<>();
    try (ExecutorService callers = Executors.newCachedThreadPool()) { // who asks without end would keep virtual threads from going on
      for (Trial.Call call : calls) {
        all.add(callers.submit(() -> {
          start.await();
          try {
            call.run();
            return Optional.empty();
          } catch (IOException e) {
            return Optional.of(e);
          }
        }));
      }
    }
    List<Optional<IOException>> answers = new ArrayList<>();
    for (Future<Optional<IOException>> f : all) answers.add(f.get());
    return answers;
  }

  /** Waits until it is so. */
  static void await(BooleanSupplier holds, Supplier<String> otherwise) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) throw new AssertionError(otherwise.get());
      if (Thread.interrupted()) throw new InterruptedException("while waiting: " + otherwise.get());
      LockSupport.parkNanos(STEP_NANOS);
    }
  }
}
