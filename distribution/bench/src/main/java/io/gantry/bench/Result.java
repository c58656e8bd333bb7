package io.gantry.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A measure on both sides.
 *
 * @param gantry in the order they were taken
 * @param containerd likewise
 */
record Result(Measure measure, List<Sample> gantry, List<Sample> containerd) {
  Result {
    gantry = List.copyOf(gantry);
    containerd = List.copyOf(containerd);
  }

  double gantryMedian() {
    return Sample.medianValue(gantry);
  }

  double containerdMedian() {
    return Sample.medianValue(containerd);
  }

  double ratio() {
    return gantryMedian() / containerdMedian();
  }

  OptionalDouble gantryCpu() {
    return Sample.medianCpu(gantry);
  }

  OptionalDouble containerdCpu() {
    return Sample.medianCpu(containerd);
  }

  OptionalDouble cpuRatio() {
    if (gantryCpu().isEmpty() || containerdCpu().isEmpty() || containerdCpu().getAsDouble() == 0) return OptionalDouble.empty();
    return OptionalDouble.of(gantryCpu().getAsDouble() / containerdCpu().getAsDouble());
  }

  /** Empty where there is no goal. */
  Optional<Boolean> reached() {
    return measure.goal().map(g -> g.reached(gantryMedian(), containerdMedian()));
  }
}
