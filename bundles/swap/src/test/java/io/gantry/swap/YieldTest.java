package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** Long borrows: cut and run again, at last let finish; and the old build of a shared kind, which finishes what it has. */
class YieldTest extends InFramework {
  private final List<String> runs = new CopyOnWriteArrayList<>();
  private final CountDownLatch enough = new CountDownLatch(1);

  /** A layer being unpacked: works until it is cut, or until it has enough. */
  private Future<String> layer() {
    return callers.submit(() -> osgi.drivers.yielding(function(), STORE, Scope.root(), (d, loan) -> {
      String version = d.driver().apply("version");
      runs.add(version);
      while (enough.getCount() > 0) {
        if (loan.cut()) throw new IOException("cut");
        pause();
      }
      return version;
    }));
  }

  private static void pause() {
    LockSupport.parkNanos(1_000_000);
  }

  private Promotion promote(String version) throws Exception {
    Bundle next = osgi.start(version, Demo.jar("content", version).build());
    return osgi.drivers.promote(Scope.root(), STORE, next.getBundleId());
  }

  @Test
  void whatIsCutRunsAgainAndTheThirdTimeItIsLetFinish() throws Exception {
    osgi.start("v1", Demo.jar("content", "v1").build());
    Future<String> layer = layer();
    until(() -> runs.size() == 1);
    assertEquals(1, promote("v2").cut());
    until(() -> runs.size() == 2);
    assertEquals(1, promote("v3").cut());
    until(() -> runs.size() == 3);
    Future<Promotion> fourth = callers.submit(() -> promote("v4"));
    until(() -> osgi.drivers.list(Scope.root()).stream().anyMatch(s -> s.state() == State.DRAINING));
    assertEquals("v3", ask(STORE, "version"), "short calls go on while a long one is waited for");
    enough.countDown();
    assertEquals("v3", layer.get());
    Promotion last = fourth.get();
    assertEquals(List.of(0, 0), List.of(last.cut(), last.forced()));
    assertEquals(List.of("v1", "v2", "v3"), runs);
    assertTrue(last.gap().toMillis() < 10_000, "nobody was held while the long one ran: " + last.gap());
  }

  @Test
  void theOldBuildOfASharedKindFinishesWhatItHas() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Demo.BOARD.put("in gate", inside);
    Demo.BOARD.put("gate", release);
    Bundle one = osgi.start("l1", Demo.jar("layer", "l1").build());
    Future<String> old = callers.submit(() -> ask(LAYER, "block gate"));
    inside.await();
    Bundle two = osgi.start("l2", Demo.jar("layer", "l2").build());
    osgi.drivers.promote(Scope.root(), LAYER, two.getBundleId());
    assertEquals("l2", ask(LAYER, "version"));
    Future<?> uninstall = callers.submit(() -> {
      one.uninstall();
      return null;
    });
    until(() -> osgi.drivers.list(Scope.root()).stream().anyMatch(s -> s.bundleId() == one.getBundleId() && s.state() == State.DRAINING));
    assertEquals("l2", ask(LAYER, "version"));
    release.countDown();
    assertEquals("l1", old.get());
    uninstall.get();
    until(() -> osgi.drivers.list(Scope.root()).stream().noneMatch(s -> s.bundleId() == one.getBundleId()));
  }

  @Test
  void aSharedSuccessorThatFailsIsNeverSeen() throws Exception {
    osgi.start("l1", Demo.jar("layer", "l1").build());
    Load load = new Load(this, () -> {
      assertEquals("l1", ask(LAYER, "sleep 1"));
      return null;
    });
    Bundle bad = osgi.start("l2", Demo.jar("layer", "l2").replace("FAILS = false", "FAILS = true").build());
    IOException e = assertThrows(IOException.class, () -> osgi.drivers.promote(Scope.root(), LAYER, bad.getBundleId()));
    assertTrue(e.getMessage().contains("no d_type"), e.getMessage());
    load.end();
  }
}
