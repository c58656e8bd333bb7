package io.gantry.swap;

import io.gantry.api.NotFoundException;
import io.gantry.service.driver.DriverRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/**
 * All instances, and the one lock that guards them and what they hold. It is held for a few statements at a time, never across I/O, a
 * callback, a service call or {@code getService}. One lock for all makes a borrow of several drivers one step.
 */
final class Instances {
  final ReentrantLock lock = new ReentrantLock();
  final StallMeters stalls = new StallMeters();
  volatile Settings settings;
  private final Map<DriverRef, Instance> instances = new TreeMap<>();
  private final BooleanSupplier ending;
  private final LongPredicate active;
  private long epoch;

  /**
   * An empty one.
   *
   * @param boot how often a manager was started on this root; epochs grow over restarts
   * @param ending whether the framework stops
   * @param active whether a bundle, by its id, is installed and started
   */
  Instances(Settings settings, long boot, BooleanSupplier ending, LongPredicate active) {
    this.settings = settings;
    this.ending = ending;
    this.active = active;
    this.epoch = boot << 20;
  }

  /** Whether the manager ends: nobody waits for a driver then, and none is waited for long. */
  boolean ending() {
    return ending.getAsBoolean();
  }

  /** Under the lock. */
  Instance instance(DriverRef ref) throws NotFoundException {
    Instance i = instances.get(ref);
    if (i == null) throw Refusals.unknown(ref);
    return i;
  }

  /** Under the lock. */
  Optional<Instance> find(DriverRef ref) {
    return Optional.ofNullable(instances.get(ref));
  }

  /** Under the lock. */
  Instance known(DriverRef ref) {
    return instances.computeIfAbsent(ref, r -> new Instance(r, lock.newCondition(), active));
  }

  /** Under the lock. */
  void forget(DriverRef ref) {
    Instance i = instances.get(ref);
    if (i == null) return;
    i.forgotten = true;
    i.want(Optional.empty());
    dropIfForgotten(i);
    i.changed();
  }

  /** Under the lock. */
  void dropIfForgotten(Instance i) {
    if (i.forgotten && i.candidates.isEmpty() && i.live == null) instances.remove(i.ref);
  }

  /** Under the lock. */
  Collection<Instance> all() {
    return new ArrayList<>(instances.values());
  }

  /** Under the lock. */
  long nextEpoch() {
    return ++epoch;
  }

  /** A call's thread has left its drivers. */
  void ended(Call<?> call, boolean wasGivenUp) {
    lock.lock();
    try {
      for (Live live : call.lives) {
        if (live.calls.remove(call)) {
          if (live.calls.isEmpty() || call.yields) live.instance.changed.signalAll();
        } else if (wasGivenUp && --live.abandoned == 0) {
          live.instance.fenced.remove(live);
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
