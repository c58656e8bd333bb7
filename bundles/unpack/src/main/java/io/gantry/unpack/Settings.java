package io.gantry.unpack;

import java.time.Duration;

/**
 * The configuration, as far as it concerns a layer.
 *
 * @param parallel layers that are worked on at once
 * @param stalled how long a layer's bytes may stand still
 */
record Settings(int parallel, Duration stalled, Limits limits) {
  /** Each has threads and buffers of its own. */
  static final int MOST_PARALLEL = 1024;
  private static final long RATIO_FROM = 64L << 20;

  static Settings defaults() {
    return new Settings(processors(), Duration.ofSeconds(120), new Limits(5_000_000, 256L << 30, 1000, RATIO_FROM, 1 << 20));
  }

  private static int processors() {
    return Math.max(2, Runtime.getRuntime().availableProcessors());
  }

  /** @throws IllegalArgumentException a value makes no sense; its key is named */
  static Settings of(UnpackService.Config c) {
    if (c.parallel() < 0 || c.parallel() > MOST_PARALLEL) {
      throw new IllegalArgumentException("parallel is " + c.parallel() + ", expected 0 to " + MOST_PARALLEL);
    }
    int parallel = c.parallel() > 0 ? c.parallel() : processors();
    var limits = new Limits(positive("max.entries", c.max_entries()), positive("max.bytes", c.max_bytes()),
        positive("max.ratio", c.max_ratio()), RATIO_FROM, (int) positive("max.header.bytes", c.max_header_bytes()));
    return new Settings(parallel, Duration.ofSeconds(positive("stalled.seconds", c.stalled_seconds())), limits);
  }

  private static long positive(String key, long value) {
    if (value < 1) throw new IllegalArgumentException(key + " is " + value + ", expected 1 or more");
    return value;
  }
}
