package io.gantry.deploy;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Drivers;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.condition.Condition;

/**
 * The condition {@code gantry.ready}: every configured driver of the kinds that nothing works without has a bundle in use or ready for its
 * first use. Once true it stays so: what is replaced later is waited for by its callers.
 *
 * <p>It asks again and again until then: an event of the service registry may reach us before it reaches the one who keeps the drivers.
 */
final class Readiness {
  static final String ID = "gantry.ready";
  private static final Set<String> NEEDED = Set.of("content", "metadata", "snapshot");
  private static final long PAUSE_MS = 20;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final BundleContext context;
  private final Drivers drivers;
  private ServiceRegistration<Condition> registration;

  Readiness(BundleContext context, Drivers drivers) {
    this.context = context;
    this.drivers = drivers;
  }

  void start() {
    Thread.ofVirtual().name("gantry-ready").start(this::watch);
  }

  private void watch() {
    try {
      while (!reached()) {
        if (closed.await(PAUSE_MS, TimeUnit.MILLISECONDS)) return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (IllegalStateException e) {
      return; // who keeps the drivers was stopped before us
    }
    announce();
  }

  private boolean reached() {
    Set<DriverRef> known = new HashSet<>();
    Set<DriverRef> good = new HashSet<>();
    for (DriverState s : drivers.list(Scope.root())) {
      if (!NEEDED.contains(s.ref().kind())) continue;
      known.add(s.ref());
      if (s.state() == State.ACTIVE || s.state() == State.READY) good.add(s.ref());
    }
    return !known.isEmpty() && good.equals(known);
  }

  private synchronized void announce() {
    if (closed.getCount() == 0) return;
    registration = context.registerService(
        Condition.class, Condition.INSTANCE, FrameworkUtil.asDictionary(Map.of(Condition.CONDITION_ID, ID)));
  }

  synchronized void close() {
    closed.countDown();
    if (registration != null) registration.unregister();
  }
}
