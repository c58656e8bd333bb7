package io.gantry.swap;

import io.gantry.service.driver.Stalls.Summary;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;

/** Waits in buckets that grow by a twelfth of an octave (6 %), from 1 µs on: exact enough for a percentile, and of fixed size. */
final class StallMeter {
  private static final int PER_OCTAVE = 12;
  private final AtomicLongArray buckets = new AtomicLongArray(40 * PER_OCTAVE);
  private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

  void waited(long nanos) {
    longest.accumulate(nanos);
    buckets.incrementAndGet(bucket(nanos));
  }

  private int bucket(long nanos) {
    double octaves = Math.log(Math.max(1, nanos / 1000.0)) / Math.log(2);
    return Math.min(buckets.length() - 1, (int) Math.ceil(octaves * PER_OCTAVE));
  }

  Summary summary() {
    long[] counts = new long[buckets.length()];
    long all = 0;
    for (int i = 0; i < counts.length; i++) all += counts[i] = buckets.get(i);
    return new Summary(all, Duration.ofNanos(longest.get()), at(counts, all, 0.5), at(counts, all, 0.9), at(counts, all, 0.99));
  }

  private Duration at(long[] counts, long all, double part) {
    long need = (long) Math.ceil(all * part);
    long seen = 0;
    for (int i = 0; i < counts.length && all > 0; i++) {
      seen += counts[i];
      long upper = (long) (1000 * Math.pow(2, (double) i / PER_OCTAVE));
      if (seen >= need) return Duration.ofNanos(Math.min(upper, longest.get()));
    }
    return Duration.ZERO;
  }

  void reset() {
    for (int i = 0; i < buckets.length(); i++) buckets.set(i, 0);
    longest.reset();
  }
}
