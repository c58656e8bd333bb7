package io.gantry.demo;

import java.time.Duration;

/** The longest time in which something that ran got no further. */
final class StallWatch {
  private int seen;
  private long progress;
  private long since;
  private long longest;

  /**
   * Called again and again.
   *
   * @param nanos now
   * @param number of what runs; 0 where nothing does
   * @param at how far it got; any measure that grows
   */
  synchronized void see(long nanos, int number, long at) {
    if (number != seen || at != progress) {
      seen = number;
      progress = at;
      since = nanos;
    } else if (number != 0) {
      longest = Math.max(longest, nanos - since);
    }
  }

  synchronized Duration longest() {
    return Duration.ofNanos(longest);
  }

  /** The longest so far; it begins anew. */
  synchronized Duration reset() {
    Duration before = longest();
    longest = 0;
    return before;
  }
}
