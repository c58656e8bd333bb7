package io.gantry.itest;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** Services of the product, waited for. */
record Services(BundleContext context) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<State> GOOD = Set.of(State.ACTIVE, State.READY);

  /** Until every driver that a file configures is in use, or ready for its first use. */
  void awaitReady() throws IOException, InterruptedException {
    long files;
    try (Stream<Path> all = Files.list(Path.of(context.getProperty("gantry.root"), "config"))) {
      files = all.filter(f -> f.toString().contains("~")).count();
    }
    Drivers drivers = get(Drivers.class);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      List<DriverState> all = drivers.list(Scope.root());
      if (all.stream().filter(s -> GOOD.contains(s.state())).count() == files) return;
      if (System.nanoTime() > end) throw new AssertionError("the product is not ready after " + PATIENCE.toSeconds() + " s: " + all);
      Thread.sleep(20);
    }
  }

  <T> T get(Class<T> type) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      ServiceReference<T> reference = context.getServiceReference(type);
      T service = reference == null ? null : context.getService(reference);
      if (service != null) return service;
      if (System.nanoTime() > end) throw new AssertionError("there is no " + type.getName() + " after " + PATIENCE.toSeconds() + " s");
      Thread.sleep(20);
    }
  }
}
