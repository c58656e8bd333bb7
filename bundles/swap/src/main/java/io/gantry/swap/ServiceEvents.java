package io.gantry.swap;

import io.gantry.api.DriverContext;
import io.gantry.service.driver.DriverRef;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Services that come and go by themselves: a bundle started, stopped, updated or uninstalled by hand. SCR calls on the thread that does
 * it, before it deactivates the component; so the calls of the driver are waited for here, and whoever stops it waits.
 */
final class ServiceEvents {
  private static final Logger log = LoggerFactory.getLogger(ServiceEvents.class);
  private static final Duration AT_THE_END = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private final Instances instances;
  private final Activation activation;
  private final Promoter promoter;
  private final Reports reports;
  private final Deployed deployed;

  ServiceEvents(Instances instances, Activation activation, Promoter promoter, Reports reports, Deployed deployed) {
    this.instances = instances;
    this.activation = activation;
    this.promoter = promoter;
    this.reports = reports;
    this.deployed = deployed;
  }

  void come(ServiceReference<?> reference) {
    Optional<DriverRef> ref = ref(reference);
    if (ref.isEmpty()) return;
    Candidate c = new Candidate(reference, deployed);
    instances.lock.lock();
    try {
      Instance i = instances.known(ref.get());
      i.candidates.add(c);
      if (i.leftBy == c.bundleId) c.turned = System.nanoTime();
      if (i.wants(c)) i.made();
      if (i.wants(c) && i.chosen != null) promoter.takeBack(i, c); // another one stood in for it
      i.changed();
    } finally {
      instances.lock.unlock();
    }
    log.debug("driver {} is offered by {}", ref.get(), c.label());
  }

  /** Its properties changed, perhaps because its configuration did: a failure of before says nothing any more. */
  void change(ServiceReference<?> reference) {
    instances.lock.lock();
    try {
      for (Instance i : instances.all()) {
        for (Candidate c : i.candidates) if (c.reference.equals(reference)) c.failure = "";
      }
    } finally {
      instances.lock.unlock();
    }
  }

  void go(ServiceReference<?> reference) {
    instances.lock.lock();
    Instance i = null;
    Candidate c = null;
    Live mine;
    boolean coming;
    try {
      for (Instance at : instances.all()) {
        for (Candidate of : at.candidates) {
          if (!of.reference.equals(reference)) continue;
          i = at;
          c = of;
        }
      }
      if (i == null) return;
      mine = leave(i, c);
      coming = mine == null && i.exclusive() && i.activating && i.chosen == c;
      if (coming) i.held = true; // until its activation has ended
    } finally {
      instances.lock.unlock();
    }
    boolean sure = mine == null || activation.giveBack(mine) || !i.exclusive();
    if (sure && !coming) away(i, c, mine != null);
    else later(i, c);
  }

  /** Under the lock: nobody new gets it, who has it is waited for. Answers the activation that is to be given back. */
  private Live leave(Instance i, Candidate c) {
    c.gone = true;
    i.candidates.remove(c);
    if (i.wants(c)) i.unmade(c);
    if (i.candidates.isEmpty() || i.chosen == c || i.wants(c)) i.awaySince = System.nanoTime();
    Duration drain = instances.ending() ? AT_THE_END : instances.settings.drain();
    Drain.until(i, drain.multipliedBy(3), () -> !i.promoting || i.live == null || i.live.candidate != c);
    Drain.until(i, drain.multipliedBy(3), () -> i.retired.stream().noneMatch(r -> r.candidate == c));
    if (i.live == null || i.live.candidate != c) return null;
    Live mine = i.live;
    i.held = true;
    int cut = Drain.yields(mine, drain);
    int forced = Drain.all(mine, drain) ? 0 : Drain.force(mine);
    i.live = null;
    i.leftBy = c.bundleId;
    log.info("driver {} of {} goes: cut {}, forced {}", i.ref, c.label(), cut, forced);
    return mine;
  }

  private void away(Instance i, Candidate c, boolean held) {
    instances.lock.lock();
    try {
      if (held) i.held = false;
      i.gone(c);
      if (i.chosen == c) i.chosen = null;
      if (i.candidates.isEmpty() || i.remade()) i.awaySince = System.nanoTime();
      instances.dropIfForgotten(i);
      i.changed();
    } finally {
      instances.lock.unlock();
    }
  }

  /** What else uses it in its own bundle keeps it active until SCR deactivates it, after this thread has returned there. */
  private void later(Instance i, Candidate c) {
    Activation.start("await-" + i.ref.kind() + "-" + i.ref.name(), () -> {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (activating(i) || !reports.inactive(c)) {
        LockSupport.parkNanos(2_000_000);
        if (System.nanoTime() < end) continue;
        log.warn("driver {} of {} was stopped and is still active after {} s: nobody else is activated before it has ended", i.ref,
            c.label(),
            PATIENCE.toSeconds());
        end = Long.MAX_VALUE;
      }
      away(i, c, true);
    });
  }

  private boolean activating(Instance i) {
    instances.lock.lock();
    try {
      return i.activating;
    } finally {
      instances.lock.unlock();
    }
  }

  private static Optional<DriverRef> ref(ServiceReference<?> reference) {
    Object kind = reference.getProperty(DriverContext.KIND);
    Object name = reference.getProperty(DriverContext.NAME);
    try {
      if (name == null) throw new IllegalArgumentException("it has no " + DriverContext.NAME);
      return Optional.of(new DriverRef(kind.toString(), name.toString()));
    } catch (IllegalArgumentException e) {
      log.warn("a service of bundle {} is not taken as a driver: {}", reference.getBundle(), e.getMessage());
      return Optional.empty();
    }
  }
}
