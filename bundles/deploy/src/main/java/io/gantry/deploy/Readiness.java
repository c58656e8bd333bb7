package io.gantry.deploy;

import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Drivers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.condition.Condition;

/**
 * The condition {@code gantry.ready}: every configured driver of the kinds that nothing works without has a bundle in use or ready for its
 * first use. Once true it stays so: what is replaced later is waited for by its callers.
 */
final class Readiness {
  static final String ID = "gantry.ready";
  private static final Set<String> NEEDED = Set.of("content", "metadata", "snapshot");
  private final BundleContext context;
  private final Drivers drivers;
  private ServiceRegistration<Condition> registration;

  Readiness(BundleContext context, Drivers drivers) {
    this.context = context;
    this.drivers = drivers;
  }

  synchronized void look() {
    if (registration != null) return;
    List<DriverState> all = drivers.list();
    Set<Object> good = new java.util.HashSet<>();
    Set<Object> known = new java.util.HashSet<>();
    for (DriverState s : all) {
      if (!NEEDED.contains(s.ref().kind())) continue;
      known.add(s.ref());
      if (s.state() == State.ACTIVE || s.state() == State.READY) good.add(s.ref());
    }
    if (known.isEmpty() || !good.equals(known)) return;
    registration = context.registerService(
        Condition.class, Condition.INSTANCE, FrameworkUtil.asDictionary(Map.of(Condition.CONDITION_ID, ID)));
  }

  synchronized void close() {
    if (registration != null) registration.unregister();
  }
}
