package io.gantry.swap;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands over from one build of a driver to another that stands beside it. */
final class Promoter {
  private static final Logger log = LoggerFactory.getLogger(Promoter.class);
  private final Instances instances;
  private final Activation activation;
  private final Reports reports;
  /** One hand-over at a time, so that two of them, each with callers inside the other's driver, do not wait for each other. */
  private final ReentrantLock one = new ReentrantLock();

  Promoter(Instances instances, Activation activation, Reports reports) {
    this.instances = instances;
    this.activation = activation;
    this.reports = reports;
  }

  /** On a thread of its own: whoever asked may be interrupted, a hand-over may not. */
  Promotion promote(DriverRef ref, long bundleId) throws IOException {
    FutureTask<Promotion> task = new FutureTask<>(() -> handOver(ref, bundleId));
    Activation.start("promote-" + ref.kind() + "-" + ref.name(), task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while promoting " + ref + "; the promotion goes on").initCause(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) throw io;
      throw new IllegalStateException("promoting " + ref + " to bundle " + bundleId + " failed", e.getCause());
    }
  }

  private Promotion handOver(DriverRef ref, long bundleId) throws IOException {
    if (!turn()) throw Refusals.busy(ref, instances.settings.replacement());
    try {
      Instance i = claim(ref);
      try {
        Candidate next = successor(i, bundleId);
        if (inUse(i).filter(next::equals).isPresent()) return new Promotion(ref, next.version, next.version, Duration.ZERO, 0, 0);
        reports.loadClasses(next);
        Promotion done = i.exclusive() ? exclusive(i, next) : shared(i, next);
        log.info("driver {}: {} -> {}, gap {} us, cut {}, forced {}", ref, done.from(), done.to(), done.gap().toNanos() / 1000, done.cut(),
            done.forced());
        return done;
      } finally {
        release(i);
      }
    } finally {
      one.unlock();
    }
  }

  /** Under the lock: the one that the desired state names has come again, and another was taken into use meanwhile. */
  void takeBack(Instance i, Candidate c) {
    Activation.start("take-back-" + i.ref.kind() + "-" + i.ref.name(), () -> {
      try {
        if (stillWanted(i, c)) handOver(i.ref, c.bundleId);
      } catch (IOException e) {
        if (stillWanted(i, c)) {
          log.warn("driver {}: what drivers.lock names has come again and is not taken into use: {}", i.ref, e.getMessage());
        }
      }
    });
  }

  private boolean stillWanted(Instance i, Candidate c) {
    instances.lock.lock();
    try {
      return i.wants(c) && !c.gone && !instances.ending();
    } finally {
      instances.lock.unlock();
    }
  }

  private boolean turn() throws InterruptedIOException {
    try {
      return one.tryLock(instances.settings.replacement().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted while another driver was replaced").initCause(e);
    }
  }

  private Optional<Candidate> inUse(Instance i) {
    instances.lock.lock();
    try {
      return Optional.ofNullable(i.live).map(l -> l.candidate);
    } finally {
      instances.lock.unlock();
    }
  }

  /** The version that is in use, or would be at the first borrow. */
  private String before(Instance i, Candidate next) {
    instances.lock.lock();
    try {
      return i.first().filter(c -> c != next).map(c -> c.version).orElse("none");
    } finally {
      instances.lock.unlock();
    }
  }

  /** From here to {@link #release} nobody else activates a build of it. */
  private Instance claim(DriverRef ref) throws NotFoundException, UnavailableException {
    instances.lock.lock();
    try {
      Instance i = instances.instance(ref);
      Duration limit = instances.settings.replacement();
      if (!Drain.until(i, limit, () -> !i.activating && !i.held)) throw Refusals.unsettled(ref, limit);
      i.promoting = true;
      return i;
    } finally {
      instances.lock.unlock();
    }
  }

  private void release(Instance i) {
    instances.lock.lock();
    try {
      i.promoting = false;
      i.changed();
    } finally {
      instances.lock.unlock();
    }
  }

  private Candidate successor(Instance i, long bundleId) throws NotFoundException {
    instances.lock.lock();
    try {
      Optional<Candidate> next = i.candidates.stream().filter(c -> c.bundleId == bundleId).findFirst();
      if (next.isPresent()) return next.get();
    } finally {
      instances.lock.unlock();
    }
    throw new NotFoundException("bundle " + bundleId + " does not offer driver " + i.ref + ": " + reports.whyNotOffered(i, bundleId));
  }

  /** One owner at a time: borrows wait while the old one goes and the new one comes. */
  private Promotion exclusive(Instance i, Candidate next) throws IOException {
    String from = before(i, next);
    Live old;
    Candidate before;
    int cut = 0;
    int forced = 0;
    long held;
    Optional<String> wanted;
    instances.lock.lock();
    try {
      wanted = i.wanted;
      old = i.live;
      before = i.chosen;
      i.yieldsHeld = true;
      if (old != null) cut = Drain.yields(old, instances.settings.drain());
      i.held = true;
      held = System.nanoTime();
      if (old != null && !Drain.all(old, instances.settings.drain())) forced = Drain.force(old);
      i.live = null;
    } finally {
      instances.lock.unlock();
    }
    boolean done = false;
    long gap;
    try {
      if (old != null && !activation.giveBack(old)) reports.stop(old.candidate);
      done = become(i, next);
      if (!done && old != null && !become(i, before)) log.error("driver {}: the build before cannot be activated again", i.ref);
    } finally {
      gap = open(i, done ? next : before, done ? Optional.of(next.location) : wanted, held);
    }
    if (!done) throw Refusals.failed(next, i.ref);
    return new Promotion(i.ref, from, next.version, Duration.ofNanos(gap), cut, forced);
  }

  private long open(Instance i, Candidate chosen, Optional<String> wanted, long held) {
    instances.lock.lock();
    try {
      i.want(wanted);
      i.held = false;
      i.yieldsHeld = false;
      if (chosen != null && chosen.gone) i.chosen = null;
      i.changed();
      return System.nanoTime() - held;
    } finally {
      instances.lock.unlock();
    }
  }

  private boolean become(Instance i, Candidate c) {
    Object driver = activation.get(c);
    if (driver == null) return false;
    instances.lock.lock();
    try {
      if (!c.gone) {
        if (i.live != null) retireLater(i.live); // of a shared kind only; null where its bundle went meanwhile
        i.live = new Live(i, c, driver, instances.nextEpoch());
        i.use(c);
        i.want(Optional.of(c.location));
        return true;
      }
      c.failure = "its bundle was stopped meanwhile";
    } finally {
      instances.lock.unlock();
    }
    activation.giveBack(new Live(i, c, driver, 0));
    return false;
  }

  /** Both at work for a while: the new one gets new borrows, the old one finishes what it has. */
  private Promotion shared(Instance i, Candidate next) throws IOException {
    String before = before(i, next);
    if (!become(i, next)) throw Refusals.failed(next, i.ref);
    return new Promotion(i.ref, before, next.version, Duration.ZERO, 0, 0);
  }

  /** Under the lock. */
  private void retireLater(Live old) {
    old.instance.retired.add(old);
    old.instance.changed();
    Activation.start("retire-" + old.instance.ref.kind() + "-" + old.instance.ref.name(), () -> retire(old));
  }

  private void retire(Live old) {
    instances.lock.lock();
    try {
      Duration limit = instances.settings.drain();
      if (!Drain.all(old, limit)) {
        int cut = Drain.yields(old, limit);
        int forced = Drain.all(old, Duration.ZERO) ? 0 : Drain.force(old);
        log.warn("driver {}: the build before was busy beyond drain.timeout: cut {}, forced {}", old.instance.ref, cut, forced);
      }
    } finally {
      instances.lock.unlock();
    }
    activation.giveBack(old);
    instances.lock.lock();
    try {
      old.instance.retired.remove(old);
      old.instance.changed();
    } finally {
      instances.lock.unlock();
    }
  }
}
