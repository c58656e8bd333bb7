package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** Promotion of an exclusive kind in a real framework: with load, with bad successors, back again. */
class HandOverTest {
  private static final DriverRef REF = DriverRef.of("content/local");
  @TempDir Path cache;
  private Osgi osgi;
  private Bundle one;

  @BeforeEach
  void start() throws Exception {
    Demo.BOARD.clear();
    osgi = new Osgi(cache, Map.of("replacement.timeout", "5s", "drain.timeout", "2s"));
    osgi.drivers.expect(REF, "content.demo", Optional.empty());
    osgi.configure("content.demo~local", Map.of("gantry.name", "local", "size", 3));
    one = osgi.start("one", Demo.jar("content", "v1").build());
  }

  @AfterEach
  void stop() throws Exception {
    osgi.close();
    assertFalse(Demo.BOARD.containsKey("two owners"), "a folder had two owners");
  }

  private String ask(String order) throws IOException {
    return osgi.drivers.<Function<String, String>, String>call(function(), REF, Scope.root(), d -> d.apply(order));
  }

  @SuppressWarnings("unchecked")
  static Class<Function<String, String>> function() {
    return (Class<Function<String, String>>) (Class<?>) Function.class;
  }

  private DriverState state(String bundleVersion, int row) {
    List<DriverState> all = osgi.drivers.list();
    return all.get(row);
  }

  @Test
  void sixteenCallersSeeNothingOfTwentyPromotions() throws Exception {
    assertEquals("v1", ask("version"));
    AtomicBoolean end = new AtomicBoolean();
    AtomicInteger calls = new AtomicInteger();
    List<Promotion> promotions = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int nr = i;
        all.add(callers.submit(() -> {
          while (!end.get()) {
            assertTrue(ask("sleep " + nr % 5).startsWith("v"));
            calls.incrementAndGet();
          }
          return null;
        }));
      }
      Bundle old = one;
      for (int i = 2; i <= 21; i++) {
        Bundle next = osgi.start("bundle" + i, Demo.jar("content", "v" + i).build());
        promotions.add(osgi.drivers.promote(REF, next.getBundleId()));
        old.uninstall();
        old = next;
      }
      end.set(true);
      for (Future<Void> f : all) f.get();
    }
    assertEquals("v21", ask("version"));
    System.out.println("calls " + calls + ", stalls " + osgi.stalls.summary() + ", gaps us "
        + promotions.stream().map(p -> p.gap().toNanos() / 1000).toList());
    assertEquals(0, promotions.stream().mapToInt(Promotion::forced).sum());
  }

  @Test
  void aFailingSuccessorLeavesTheOldOneAtWork() throws Exception {
    assertEquals("v1", ask("version"));
    long before = osgi.drivers.list().getFirst().epoch();
    Bundle bad = osgi.start("bad", Demo.jar("content", "v2").replace("FAILS = false", "FAILS = true").build());
    assertEquals(State.DORMANT, state("bad", 1).state());
    UnavailableException e = assertThrows(UnavailableException.class, () -> osgi.drivers.promote(REF, bad.getBundleId()));
    assertTrue(e.getMessage().contains("the disk of local has no d_type"), e.getMessage());
    assertEquals("v1", ask("version"));
    List<DriverState> now = osgi.drivers.list();
    assertEquals(State.ACTIVE, now.get(0).state());
    assertTrue(now.get(0).epoch() > before);
    assertEquals(State.FAILED, now.get(1).state());
    assertTrue(now.get(1).why().contains("no d_type"), now.get(1).why());
  }

  @Test
  void aSuccessorThatDoesNotResolveChangesNothing() throws Exception {
    assertEquals("v1", ask("version"));
    Bundle bad = osgi.install("bad", Demo.jar("content", "v2").imports("com.example.missing").build());
    assertThrows(BundleException.class, bad::start);
    IOException e = assertThrows(IOException.class, () -> osgi.drivers.promote(REF, bad.getBundleId()));
    assertTrue(e.getMessage().contains("com.example.missing"), e.getMessage());
    assertEquals("v1", ask("version"));
  }

  @Test
  void backToTheBuildBefore() throws Exception {
    assertEquals("v1", ask("version"));
    Bundle two = osgi.start("two", Demo.jar("content", "v2").build());
    osgi.drivers.promote(REF, two.getBundleId());
    assertEquals("v2", ask("version"));
    osgi.drivers.promote(REF, one.getBundleId());
    assertEquals("v1", ask("version"));
    assertEquals(State.DORMANT, state("two", 1).state());
  }
}
