package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** Promotion of an exclusive kind in a real framework: with load, with bad successors, back again. */
class HandOverTest extends InFramework {
  private Bundle one;

  @BeforeEach
  void start() throws Exception {
    one = osgi.start("one", Demo.jar("content", "v1").build());
  }

  private String ask(String order) throws IOException {
    return ask(STORE, order);
  }

  private List<DriverState> rows() {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(STORE)).toList();
  }

  @Test
  void sixteenCallersSeeNothingOfTwentyPromotions() throws Exception {
    assertEquals("v1", ask("version"));
    List<Promotion> promotions = new ArrayList<>();
    Load load = new Load(this, () -> ask("sleep 2"));
    Bundle old = one;
    for (int i = 2; i <= 21; i++) {
      Bundle next = osgi.start("bundle" + i, Demo.jar("content", "v" + i).build());
      promotions.add(osgi.drivers.promote(Scope.root(), STORE, next.getBundleId()));
      old.uninstall();
      old = next;
    }
    int calls = load.end();
    assertEquals("v21", ask("version"));
    System.out.println("calls " + calls + ", stalls " + osgi.stalls.summary(Scope.root()) + ", gaps us "
        + promotions.stream().map(p -> p.gap().toNanos() / 1000).toList());
    assertEquals(0, promotions.stream().mapToInt(Promotion::forced).sum());
  }

  @Test
  void aFailingSuccessorLeavesTheOldOneAtWork() throws Exception {
    assertEquals("v1", ask("version"));
    long before = rows().getFirst().epoch();
    Bundle bad = osgi.start("bad", Demo.jar("content", "v2").replace("FAILS = false", "FAILS = true").build());
    assertEquals(State.DORMANT, rows().get(1).state());
    UnavailableException e = assertThrows(UnavailableException.class, () -> osgi.drivers.promote(Scope.root(), STORE, bad.getBundleId()));
    assertTrue(e.getMessage().contains("the disk of local has no d_type"), e.getMessage());
    assertEquals("v1", ask("version"));
    List<DriverState> now = rows();
    assertEquals(State.ACTIVE, now.get(0).state());
    assertTrue(now.get(0).epoch() > before);
    assertEquals(State.FAILED, now.get(1).state());
    assertTrue(now.get(1).why().contains("no d_type"), now.get(1).why());
  }

  @Test
  void aSuccessorWithoutItsClassSaysSoAtOnce() throws Exception {
    assertEquals("v1", ask("version"));
    Bundle bad = osgi.start("bad", Demo.jar("content", "v2").without("demo.Demo").build());
    once(Duration.ofSeconds(2), () -> { // as long it is asked for where there is no reason
      UnavailableException e = assertThrows(UnavailableException.class, () -> osgi.drivers.promote(Scope.root(), STORE, bad.getBundleId()));
      assertTrue(e.getMessage().contains("the class demo.Demo of its component cannot be loaded"), e.getMessage());
    });
    assertEquals("v1", ask("version"));
  }

  @Test
  void aSuccessorThatDoesNotResolveChangesNothing() throws Exception {
    assertEquals("v1", ask("version"));
    Bundle bad = osgi.install("bad", Demo.jar("content", "v2").imports("com.example.missing").build());
    assertThrows(BundleException.class, bad::start);
    IOException e = assertThrows(IOException.class, () -> osgi.drivers.promote(Scope.root(), STORE, bad.getBundleId()));
    assertTrue(e.getMessage().contains("com.example.missing"), e.getMessage());
    assertEquals("v1", ask("version"));
  }

  @Test
  void backToTheBuildBefore() throws Exception {
    assertEquals("v1", ask("version"));
    Bundle two = osgi.start("two", Demo.jar("content", "v2").build());
    osgi.drivers.promote(Scope.root(), STORE, two.getBundleId());
    assertEquals("v2", ask("version"));
    osgi.drivers.promote(Scope.root(), STORE, one.getBundleId());
    assertEquals("v1", ask("version"));
    assertEquals(State.DORMANT, rows().get(1).state());
  }
}
