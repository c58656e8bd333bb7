package io.gantry.bench;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * One measurement.
 *
 * @param value in the measure's unit
 * @param cpuSeconds of daemon and clients meanwhile; empty for memory, and where the system does not tell
 */
record Sample(double value, OptionalDouble cpuSeconds) {
  static double median(List<Double> values) {
    if (values.isEmpty()) throw new IllegalArgumentException("nothing was measured");
    double[] sorted = values.stream().mapToDouble(d -> d).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : Arrays.stream(sorted, half - 1, half + 1).average().orElseThrow();
  }

  static double medianValue(List<Sample> samples) {
    return median(samples.stream().map(Sample::value).toList());
  }

  /** Empty unless every sample has it. */
  static OptionalDouble medianCpu(List<Sample> samples) {
    if (samples.stream().anyMatch(s -> s.cpuSeconds().isEmpty())) return OptionalDouble.empty();
    return OptionalDouble.of(median(samples.stream().map(s -> s.cpuSeconds().getAsDouble()).toList()));
  }
}
