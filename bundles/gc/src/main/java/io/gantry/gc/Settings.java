package io.gantry.gc;

import java.time.Duration;

/**
 * The configuration.
 *
 * @param automatic whether it collects by itself
 * @param grace how long something stays that a call without a lease made
 * @param ingests how long an unfinished write stays after its last byte
 * @param quiet how long after the last removal
 * @param removals how many of them at most before it collects without a quiet time
 * @param interval how often it looks whether something is to be done
 */
record Settings(boolean automatic, Duration grace, Duration ingests, Duration quiet, int removals, Duration interval) {
  static Settings defaults() {
    return new Settings(true, Duration.ofSeconds(300), Duration.ofHours(24), Duration.ofMillis(1000), 1000, Duration.ofSeconds(60));
  }

  /** @throws IllegalArgumentException a value makes no sense; its key is named */
  static Settings of(GarbageCollector.Config c) {
    return new Settings(c.automatic(), Duration.ofSeconds(least("grace.seconds", c.grace_seconds(), 0)), Duration.ofHours(least(
        "ingest.expire.hours", c.ingest_expire_hours(), 1)), Duration.ofMillis(least("quiet.millis", c.quiet_millis(), 0)), least(
            "removals", c.removals(), 1), Duration.ofSeconds(least("interval.seconds", c.interval_seconds(), 1)));
  }

  private static int least(String key, int value, int least) {
    if (value < least) throw new IllegalArgumentException("gc.cfg: " + key + " = " + value + ", expected " + least + " or more");
    return value;
  }
}
