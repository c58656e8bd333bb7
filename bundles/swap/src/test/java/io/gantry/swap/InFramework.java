package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A framework for each test, with two configured instances: {@code content/local} (exclusive) and {@code layer/tar} (shared). */
abstract class InFramework {
  static final DriverRef STORE = DriverRef.of("content/local");
  static final DriverRef LAYER = DriverRef.of("layer/tar");
  final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  @TempDir Path cache;
  Osgi osgi;

  Map<String, Object> settings() {
    return Map.of("replacement.timeout", "60s", "drain.timeout", "60s");
  }

  @BeforeEach
  final void startFramework() throws Exception {
    Demo.BOARD.clear();
    osgi = new Osgi(cache, settings());
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.empty());
    osgi.drivers.expect(Scope.root(), LAYER, "layer.demo", Optional.empty());
    osgi.configure("content.demo~local", Map.of("gantry.name", "local", "size", 3));
    osgi.configure("layer.demo~tar", Map.of("gantry.name", "tar"));
  }

  @AfterEach
  final void stopFramework() throws Exception {
    callers.shutdownNow();
    osgi.close();
    assertFalse(Demo.BOARD.containsKey("two owners of local"), "a folder had two owners");
  }

  String ask(DriverRef ref, String order) throws IOException {
    return ask(ref, Scope.root(), order);
  }

  String ask(DriverRef ref, Scope scope, String order) throws IOException {
    return osgi.drivers.<Function<String, String>, String>call(function(), ref, scope, d -> d.apply(order));
  }

  /** A caller of which it is known that it waits for its driver. */
  Future<String> waiting(DriverRef ref, String order) throws InterruptedException {
    FutureTask<String> call = new FutureTask<>(() -> ask(ref, order));
    Thread caller = Thread.ofPlatform().daemon(true).start(call);
    until(() -> call.isDone() || caller.getState() == Thread.State.TIMED_WAITING && Arrays.stream(caller.getStackTrace())
        .anyMatch(f -> f.getClassName().equals(Lender.class.getName()) && f.getMethodName().equals("borrow")));
    assertFalse(call.isDone(), "it was not waited for");
    return call;
  }

  @SuppressWarnings("unchecked")
  static Class<Function<String, String>> function() {
    return (Class<Function<String, String>>) (Class<?>) Function.class;
  }

  /** What happens a few times. */
  interface Step {
    void take() throws Exception;
  }

  /** Takes less than a limit at least once: what waits for it always takes as long, and a busy machine takes it now and then. */
  static void once(Duration limit, Step step) throws Exception {
    List<Duration> took = new ArrayList<>();
    do {
      long begun = System.nanoTime();
      step.take();
      took.add(Duration.ofNanos(System.nanoTime() - begun));
    } while (took.size() < 8 && took.getLast().compareTo(limit) >= 0);
    assertTrue(took.getLast().compareTo(limit) < 0, "each time it took " + limit + " at least: " + took);
  }

  /** Waits for something that another thread brings about. */
  static void until(BooleanSupplier truth) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!truth.getAsBoolean()) {
      if (System.nanoTime() > end) throw new AssertionError("it did not come about within 60 s");
      Thread.sleep(2);
    }
  }
}
