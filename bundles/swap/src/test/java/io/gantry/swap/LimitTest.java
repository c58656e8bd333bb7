package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** Calls that do not come back. */
class LimitTest extends InFramework {
  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @Override
  Map<String, Object> settings() {
    return Map.of("call.timeout", "2s", "drain.timeout", "300ms");
  }

  @BeforeEach
  void start() throws Exception {
    osgi.start("store", Demo.jar("content", "v1").build());
    Demo.BOARD.put("in gate", inside);
    Demo.BOARD.put("gate", release);
  }

  private List<DriverState> rows() {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(STORE)).toList();
  }

  @Test
  void aSlowDriverIsNotWaitedForBeyondTheLimit() throws Exception {
    UnavailableException e = assertThrows(UnavailableException.class, () -> ask(STORE, "block gate"));
    assertTrue(e.getMessage().contains("content/local (test.content.demo 1.0.0"), e.getMessage());
    assertEquals(1, rows().get(0).borrows(), "the thread is still in it");
    release.countDown();
    until(() -> rows().get(0).borrows() == 0);
    assertEquals("v1", ask(STORE, "version"));
  }

  /** Another build stands beside it, and gets nothing to do then. */
  @Test
  void aManagerThatEndsWaitsForNobodyLong() throws Exception {
    osgi.configure("swap", Map.of("drain.timeout", "60s"));
    osgi.start("two", Demo.jar("content", "v2").build());
    Future<String> stuck = callers.submit(() -> ask(STORE, "block gate"));
    inside.await();
    Future<?> other = callers.submit(() -> {
      while (true) assertEquals("v1", ask(STORE, "version"));
    });
    long begun = System.nanoTime();
    osgi.close();
    assertTrue(System.nanoTime() - begun < 15_000_000_000L, "it waited for a call that does not end");
    ExecutionException e = assertThrows(ExecutionException.class, other::get);
    assertInstanceOf(UnavailableException.class, e.getCause());
    release.countDown();
    assertThrows(ExecutionException.class, stuck::get);
  }

  @Test
  void aStuckCallIsFencedAndCounted() throws Exception {
    long before = osgi.drivers.lend(function(), STORE, Scope.root(), b -> b.epoch());
    assertTrue(before > 7L << 20, "epochs carry the number of the boot");
    Future<String> stuck = callers.submit(() -> osgi.drivers.yielding(function(), STORE, Scope.root(), (d, loan) -> d.driver()
        .apply("block gate")));
    inside.await();
    Bundle two = osgi.start("two", Demo.jar("content", "v2").build());
    assertEquals(1, osgi.drivers.promote(Scope.root(), STORE, two.getBundleId()).forced());
    assertEquals("v2", ask(STORE, "version"));
    ExecutionException e = assertThrows(ExecutionException.class, stuck::get);
    assertTrue(assertInstanceOf(UnavailableException.class, e.getCause()).getMessage().contains("whether it took effect is not known"));
    assertTrue(osgi.drivers.lend(function(), STORE, Scope.root(), b -> b.epoch()) > before);
    DriverState now = rows().stream().filter(s -> s.bundleId() == two.getBundleId()).findFirst().orElseThrow();
    assertEquals(1, now.abandoned());
    release.countDown();
    until(() -> rows().stream().allMatch(s -> s.abandoned() == 0));
  }
}
