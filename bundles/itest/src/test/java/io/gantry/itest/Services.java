package io.gantry.itest;

import java.time.Duration;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Services of the product, waited for. */
record Services(BundleContext context) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Until deploy says that all is configured. */
  void awaitReady() throws InterruptedException {
    String ready = "(&(objectClass=org.osgi.service.condition.Condition)(osgi.condition.id=gantry.ready))";
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (context.getAllServiceReferences(null, ready) == null) {
        if (System.nanoTime() > end) throw new AssertionError("the product is not ready after " + PATIENCE.toSeconds() + " s");
        Thread.sleep(20);
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
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
