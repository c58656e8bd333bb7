package io.gantry.deploy;

import io.gantry.api.DriverContext;
import io.gantry.api.InvalidException;
import io.gantry.service.driver.DriverRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings bundles into the framework under the address of their stored jar, and takes them out. Never updates one in place; whoever does so
 * by hand, without other bytes, gets the same ones.
 */
final class Bundles {
  private static final Logger log = LoggerFactory.getLogger(Bundles.class);
  private static final Duration SHORTLY = Duration.ofSeconds(2);
  private final BundleContext context;
  private final JarStore jars;
  private final Map<String, Thread> leaving = new ConcurrentHashMap<>();

  Bundles(BundleContext context, JarStore jars) {
    this.context = context;
    this.jars = jars;
  }

  Bundle[] all() {
    return context.getBundles();
  }

  /** Those with such an id last. */
  Bundle[] all(Set<Long> last) {
    return Stream.of(all()).sorted(Comparator.comparing(b -> last.contains(b.getBundleId()))).toArray(Bundle[]::new);
  }

  Bundle byId(long id) {
    return context.getBundle(id);
  }

  /**
   * Installs and starts a bundle.
   *
   * @param between runs before it starts
   * @throws InvalidException it does not resolve or start; then it is not installed either
   */
  Bundle bring(String digest, byte[] jar, Runnable between) throws IOException {
    String location = jars.location(digest);
    awaitLeaving(location);
    Bundle there = context.getBundle(location);
    Bundle b = there != null ? there : installed(location, jar);
    between.run();
    return started(b);
  }

  /** A shipped bundle that was taken out in this run, from where it came. */
  Bundle bringBack(String location) throws IOException {
    awaitLeaving(location);
    try {
      return started(context.installBundle(location));
    } catch (BundleException e) {
      throw new InvalidException("the shipped bundle " + location + " cannot be installed again: " + e.getMessage(), e);
    }
  }

  private Bundle installed(String location, byte[] jar) throws InvalidException {
    try {
      return context.installBundle(location, new ByteArrayInputStream(jar));
    } catch (BundleException e) {
      throw new InvalidException("the bundle cannot be installed: " + e.getMessage(), e);
    }
  }

  private Bundle started(Bundle b) throws InvalidException {
    try {
      b.start();
      return b;
    } catch (BundleException e) {
      takeOut(b);
      throw new InvalidException("bundle " + b.getSymbolicName() + " cannot be started: " + e.getMessage(), e);
    }
  }

  /** Instances that a bundle offers at this moment. */
  static List<DriverRef> offered(Bundle b) {
    ServiceReference<?>[] services = b.getState() == Bundle.UNINSTALLED ? null : b.getRegisteredServices();
    return services == null ? List.of() : Stream.of(services)
        .filter(s -> s.getProperty(DriverContext.KIND) != null && s.getProperty(DriverContext.NAME) != null)
        .map(s -> new DriverRef(s.getProperty(DriverContext.KIND).toString(), s.getProperty(DriverContext.NAME).toString()))
        .sorted().toList();
  }

  /**
   * Uninstalls a bundle. That waits for the calls in it, which for a layer may be long: after a moment it goes on by itself.
   */
  void takeOut(Bundle b) {
    String location = b.getLocation();
    Thread t = Thread.ofPlatform().daemon(true).name("deploy-uninstall-" + b.getBundleId()).unstarted(() -> {
      try {
        if (b.getState() != Bundle.UNINSTALLED) b.uninstall();
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(List.of(b));
      } catch (BundleException | IllegalStateException e) {
        log.warn("bundle {} was not uninstalled", location, e);
      } finally {
        leaving.remove(location);
      }
    });
    leaving.put(location, t);
    t.start();
    join(t, SHORTLY);
  }

  /** Whether it is being taken out, and waits for calls in it. */
  boolean leaves(Bundle b) {
    return leaving.containsKey(b.getLocation());
  }

  private void awaitLeaving(String location) {
    Thread t = leaving.get(location);
    if (t != null) join(t, Duration.ofMinutes(1));
  }

  private static void join(Thread t, Duration limit) {
    try {
      t.join(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
