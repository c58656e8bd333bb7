package io.gantry.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.OptionalDouble;

/** Takes the time of a step on one side: on the clock, and of the processors without what this process used itself. */
final class Meter {
  /** What is measured. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException, InterruptedException;
  }

  private static final OperatingSystemMXBean SELF = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final Optional<CpuGroup> group;

  Meter(Optional<CpuGroup> group) {
    this.group = group;
  }

  Sample time(Step step) throws IOException, InterruptedException {
    if (group.isEmpty()) {
      long begun = System.nanoTime();
      step.run();
      return new Sample((System.nanoTime() - begun) / 1e9, OptionalDouble.empty());
    }
    CpuGroup g = group.get();
    g.enter();
    try {
      double before = g.seconds() - SELF.getProcessCpuTime() / 1e9;
      long begun = System.nanoTime();
      step.run();
      double wall = (System.nanoTime() - begun) / 1e9;
      return new Sample(wall, OptionalDouble.of(Math.max(0, g.seconds() - SELF.getProcessCpuTime() / 1e9 - before)));
    } finally {
      g.leave();
    }
  }
}
