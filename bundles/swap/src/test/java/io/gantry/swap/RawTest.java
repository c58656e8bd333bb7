package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.FrameworkWiring;

/** Bundles that are stopped, updated, uninstalled and refreshed by hand, past all that would be careful. */
class RawTest extends InFramework {
  private static final String DIGEST = "2f".repeat(32);
  private static final String TWO = "file:///gantry/bundles/sha256/" + DIGEST + ".jar";

  @Test
  void stopAndStartUnderLoad() throws Exception {
    Bundle one = osgi.start("one", Demo.jar("content", "v1").build());
    assertEquals("v1", ask(STORE, "version"));
    Load load = new Load(this, () -> ask(STORE, "sleep 2"));
    for (int i = 0; i < 10; i++) {
      int before = load.calls();
      until(() -> load.calls() > before + 20);
      one.stop();
      one.start();
    }
    assertTrue(load.end() > 200);
  }

  @Test
  void updateInPlaceUnderLoad() throws Exception {
    Bundle one = osgi.start("one", Demo.jar("content", "v1").build());
    Load load = new Load(this, () -> ask(STORE, "sleep 2"));
    for (int i = 2; i <= 6; i++) {
      int before = load.calls();
      until(() -> load.calls() > before + 20);
      one.update(Demo.jar("content", "v" + i).build());
      osgi.context().getBundle(0).adapt(FrameworkWiring.class).refreshBundles(null);
    }
    load.end();
    assertEquals("v6", ask(STORE, "version"));
  }

  @Test
  void stopWaitsForTheCallsInIt() throws Exception {
    Bundle one = osgi.start("one", Demo.jar("content", "v1").build());
    assertEquals("v1", ask(STORE, "version"));
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Demo.BOARD.putAll(Map.of("in gate", inside, "gate", release));
    Future<String> call = callers.submit(() -> ask(STORE, "block gate"));
    inside.await();
    Future<?> stop = callers.submit(() -> {
      one.stop();
      return null;
    });
    until(() -> row(STORE, 0).state() == State.DRAINING);
    assertFalse(stop.isDone(), "stop came back before the call");
    release.countDown();
    assertEquals("v1", call.get());
    stop.get();
  }

  @Test
  void aDormantBuildTakesOverWhenTheOneInUseGoes() throws Exception {
    Bundle one = osgi.start("one", Demo.jar("content", "v1").build());
    osgi.start("two", Demo.jar("content", "v2").build());
    Load load = new Load(this, () -> ask(STORE, "sleep 2"));
    until(() -> row(STORE, 0).state() == State.ACTIVE);
    one.uninstall();
    load.end();
    assertEquals("v2", ask(STORE, "version"));
    assertEquals(1, osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(STORE)).count());
  }

  @Test
  void whoStaysAwayIsUnavailableWithNameAndTimeAndNeverNotFound() throws Exception {
    Bundle one = osgi.start("one", Demo.jar("content", "v1").build());
    assertEquals("v1", ask(STORE, "version"));
    osgi.configure("swap", Map.of("replacement.timeout", "1500ms"));
    long begin = System.nanoTime();
    one.stop();
    UnavailableException e = assertThrows(UnavailableException.class, () -> ask(STORE, "version"));
    long waited = Duration.ofNanos(System.nanoTime() - begin).toMillis();
    assertTrue(waited >= 1500, "waited " + waited + " ms");
    assertTrue(e.getMessage().contains("content/local is absent since 2"), e.getMessage());
    once(Duration.ofMillis(1500), () -> assertThrows(UnavailableException.class, () -> ask(STORE, "version"))); // not waited for again
    DriverState row = row(STORE, 0);
    assertEquals(State.ABSENT, row.state());
    one.start();
    assertEquals("v1", ask(STORE, "version"));
  }

  @Test
  void aNameThatNobodyKnowsIsNotFound() {
    assertThrows(NotFoundException.class, () -> ask(DriverRef.of("content/other"), "version"));
  }

  @Test
  void theSayOfTheDesiredStateIsWaitedFor() throws Exception {
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.of(TWO));
    osgi.start("one", Demo.jar("content", "v1").build());
    Future<String> early = waiting(STORE, "version");
    assertEquals("waits for sha256:" + DIGEST + ", which drivers.lock names", row(STORE, 0).why());
    osgi.start(TWO, Demo.jar("content", "v2").build());
    until(() -> row(STORE, 0).why().startsWith("stands beside ")); // before its first use, too
    assertEquals("v2", early.get());
    assertEquals(List.of("1.0.0", "1.0.0@" + DIGEST.substring(0, 12)), osgi.drivers.list(Scope.root()).stream()
        .filter(s -> s.ref().equals(STORE))
        .map(DriverState::version)
        .toList());
  }

  @Test
  void aBuildOfADriverThatWasRemovedSaysSo() throws Exception {
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.of(Deployment.NONE));
    osgi.start("one", Demo.jar("content", "v1").build());
    until(() -> row(STORE, 0).why().equals("was removed; driver:rollback brings it back"));
  }

  /** Stopped, another build stands in for it; started, it is in use again, and nobody notices. */
  @Test
  void whoTheDesiredStateNamesIsInUseAgainWhenItComesAgain() throws Exception {
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.of(TWO));
    osgi.start("one", Demo.jar("content", "v1").build());
    Bundle two = osgi.start(TWO, Demo.jar("content", "v2").build());
    Load load = new Load(this, () -> ask(STORE, "sleep 2"));
    until(() -> row(STORE, 1).state() == State.ACTIVE);
    two.stop();
    until(() -> row(STORE, 0).state() == State.ACTIVE);
    assertEquals("stands in for sha256:" + DIGEST + ", which drivers.lock names and which is not there", row(STORE, 0).why());
    two.start();
    until(() -> row(STORE, 1).state() == State.ACTIVE);
    load.end();
    assertEquals("v2", ask(STORE, "version"));
  }

  /** The build before must not see the folder of its successor. */
  @Test
  void nobodyStandsInForOneThatOtherValuesMakeAnew() throws Exception {
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.of(TWO));
    osgi.start("one", Demo.jar("content", "v1").unmodified().build());
    osgi.start(TWO, Demo.jar("content", "v2").unmodified().build());
    assertEquals("v2", ask(STORE, "version"));
    Load load = new Load(this, () -> {
      assertEquals("v2", ask(STORE, "version"));
      return null;
    });
    for (int size = 10; size < 30; size++) {
      String now = String.valueOf(size);
      osgi.configure("content.demo~local", Map.of("gantry.name", "local", "size", size));
      until(() -> says(now, "property size"));
    }
    load.end();
  }

  private static final String NEEDS = "java.util.function.Predicate";

  /** A service that there is, and other values that ask for one that there is not. */
  private Bundle oneThatLosesWhatItNeeds() throws Exception {
    osgi.context().registerService(NEEDS, (java.util.function.Predicate<Object>) x -> true, null);
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.of(TWO));
    osgi.start("one", Demo.jar("content", "v1").build());
    Bundle two = osgi.start(TWO, Demo.jar("content", "v2").reference(NEEDS).build());
    assertEquals("v2", ask(STORE, "version"));
    loseIt(two);
    return two;
  }

  private void loseIt(Bundle two) throws Exception {
    osgi.configure("content.demo~local", Map.of("gantry.name", "local", NEEDS + ".target", "(there=not)"));
    until(() -> osgi.drivers.list(Scope.root()).stream().noneMatch(s -> s.bundleId() == two.getBundleId()));
  }

  @Test
  void anotherStandsInForOneThatDoesNotComeAgain() throws Exception {
    oneThatLosesWhatItNeeds();
    assertEquals("v1", ask(STORE, "version"));
  }

  @Test
  void anotherStandsInAtOnceForOneThatIsStoppedMeanwhile() throws Exception {
    Bundle two = oneThatLosesWhatItNeeds();
    once(Duration.ofSeconds(7), () -> { // as long it takes without the stop
      two.stop();
      osgi.configure("content.demo~local", Map.of("gantry.name", "local"));
      two.start();
      until(() -> says("v2", "version"));
      loseIt(two);
      Future<String> early = waiting(STORE, "version");
      two.stop();
      assertEquals("v1", early.get());
    });
  }

  /** Whether it can be activated is known when it is asked for. */
  @Test
  void whoComesAgainAndFailsLeavesTheOneThatStandsIn() throws Exception {
    osgi.drivers.expect(Scope.root(), STORE, "content.demo", Optional.of(TWO));
    osgi.start("one", Demo.jar("content", "v1").build());
    Bundle two = osgi.start(TWO, Demo.jar("content", "v2").build());
    assertEquals("v2", ask(STORE, "version"));
    two.stop();
    assertEquals("v1", ask(STORE, "version"));
    two.update(Demo.jar("content", "v3").replace("FAILS = false", "FAILS = true").build());
    two.start();
    until(() -> row(STORE, 1).state() == State.FAILED);
    assertEquals("v1", ask(STORE, "version"));
    two.stop();
    two.update(Demo.jar("content", "v4").build());
    two.start();
    until(() -> row(STORE, 1).state() == State.ACTIVE);
    assertEquals("v4", ask(STORE, "version"));
  }

  @Test
  void whyAnInstanceIsAway() throws Exception {
    assertTrue(row(STORE, 0).why().endsWith("no started bundle has a component for content.demo"), row(STORE, 0).why());
    Bundle bad = osgi.install("bad", Demo.jar("content", "v1").symbolicName("io.example.content.demo").imports("com.example.gone").build());
    assertTrue(row(STORE, 0).why().contains("nobody provides (osgi.wiring.package=com.example.gone)"), row(STORE, 0).why());
    bad.uninstall();
    osgi.start("two", Demo.jar("content", "v2").reference("java.util.function.Predicate").build());
    assertTrue(row(STORE, 0).why().contains("waits for java.util.function.Predicate"), row(STORE, 0).why());
  }

  @Test
  void anotherConfigurationAppliesToTheDriverInUse() throws Exception {
    osgi.start("one", Demo.jar("content", "v1").build());
    assertEquals("3", ask(STORE, "property size"));
    long epoch = row(STORE, 0).epoch();
    osgi.configure("content.demo~local", Map.of("gantry.name", "local", "size", 4));
    until(() -> says("4", "property size"));
    assertEquals(epoch, row(STORE, 0).epoch(), "modified, not activated anew");
    assertEquals("4", osgi.drivers.property(Scope.root(), STORE, "size"));
  }

  private boolean says(String answer, String order) {
    try {
      return ask(STORE, order).equals(answer);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private DriverState row(DriverRef ref, int nr) {
    return osgi.drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref)).toList().get(nr);
  }

  @Test
  void theDeadlineOfTheScopeEndsTheWait() {
    assertThrows(UnavailableException.class, () -> ask(STORE, Scope.root().within(Duration.ofMillis(50)), "version"));
  }
}
