package io.gantry.swap;

import io.gantry.service.driver.Borrowed;
import java.util.LinkedHashSet;
import java.util.Set;

/** One activation of a driver: its object, and who has it at this moment. The sets are guarded by the lock of Instances. */
final class Live {
  final Instance instance;
  final Candidate candidate;
  final long epoch;
  final Workers workers;
  final Set<Call<?>> calls = new LinkedHashSet<>();
  int abandoned;
  private final Object driver;

  Live(Instance instance, Candidate candidate, Object driver, long epoch) {
    this.instance = instance;
    this.candidate = candidate;
    this.driver = driver;
    this.epoch = epoch;
    this.workers = new Workers("driver-" + instance.ref.kind() + "-" + instance.ref.name());
  }

  boolean offers(Class<?> type) {
    return type.isInstance(driver);
  }

  <D> Borrowed<D> borrowed(Class<D> type) {
    return new Borrowed<>(type.cast(driver), epoch, candidate.bundleName, candidate.version);
  }

  ClassLoader loader() {
    return driver.getClass().getClassLoader();
  }

  String label() {
    return instance.ref + " (" + candidate.label() + ")";
  }
}
