package io.gantry.swap;

import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks for a driver's object, which activates it, on a thread that nobody interrupts; and gives it back, which deactivates it. */
final class Activation {
  private static final Logger log = LoggerFactory.getLogger(Activation.class);
  /** A component that is being disposed gives nothing before its service is unregistered: that moment is no failure. */
  private static final long GOING_NANOS = 2_000_000_000L;

  private final Instances instances;
  private final BundleContext context;
  private final Reports reports;

  Activation(Instances instances, BundleContext context, Reports reports) {
    this.instances = instances;
    this.context = context;
    this.reports = reports;
  }

  /** Under the lock: begins the activation that the first borrow causes; whoever waits for the instance is told of its end. */
  void begin(Instance i, Candidate c) {
    start("activate-" + i.ref.kind() + "-" + i.ref.name(), () -> first(i, c)); // waits for the lock, and may fail for want of threads
    i.activating = true;
  }

  private void first(Instance i, Candidate c) {
    Object driver = get(c);
    if (settled(i, c, driver)) return;
    c.unget(context); // before another build may come
    settled(i, c, null);
  }

  /** @return false where it came too late, and has to be given back first */
  private boolean settled(Instance i, Candidate c, Object driver) {
    instances.lock.lock();
    try {
      if (driver != null && (c.gone || i.chosen != c)) return false;
      if (driver != null) {
        i.live = new Live(i, c, driver, instances.nextEpoch());
        log.info("driver {} is {}", i.ref, c.label());
      }
      i.activating = false;
      i.changed();
      return true;
    } finally {
      instances.lock.unlock();
    }
  }

  /** Activates; null where that failed, and then the candidate says why. */
  Object get(Candidate c) {
    Object driver = null;
    String failure = "";
    try {
      driver = c.get(context);
      if (driver == null) failure = reports.whyNotMade(c).orElse("");
      for (long end = System.nanoTime() + GOING_NANOS; driver == null && failure.isEmpty(); ) {
        failure = reports.whyFailed(c).orElseGet(() -> System.nanoTime() > end ? "SCR gives nothing, and no reason" : "");
        if (c.gone) failure = "its bundle was stopped meanwhile";
        if (failure.isEmpty()) {
          LockSupport.parkNanos(2_000_000);
          driver = c.get(context);
        }
      }
    } catch (RuntimeException | Error e) {
      failure = FailureText.cause(e);
    }
    if (driver == null && !c.gone) log.warn("a driver of {} cannot be activated: {}", c.label(), failure);
    instances.lock.lock();
    try {
      c.failure = driver == null ? failure : "";
      c.failedAt = System.nanoTime();
    } finally {
      instances.lock.unlock();
    }
    return driver;
  }

  /** Gives back a driver that nobody borrows, and answers whether its component is known to be deactivated. */
  boolean giveBack(Live live) {
    live.workers.close();
    live.candidate.unget(context);
    return reports.inactive(live.candidate);
  }

  String whyAbsent(Instance i) {
    return reports.whyAbsent(i);
  }

  static Thread start(String name, Runnable work) {
    Thread t = Thread.ofPlatform().daemon(true).inheritInheritableThreadLocals(false).name("swap-" + name).unstarted(work);
    t.setContextClassLoader(Activation.class.getClassLoader());
    t.start();
    return t;
  }
}
