package io.gantry.linux;

import java.time.Duration;

/**
 * How much one slice of a long work may do: a time, but never less than a few entries, so that each slice gets somewhere however slow the
 * machine. Used by one thread.
 */
public final class Budget {
  /** Entries a slice does whatever the clock says; more than {@link TreeRemoval#DEEPEST}, or a removal could spend all on its way down. */
  private static final int LEAST = 64;

  private final long end;
  private final boolean unlimited;
  private long most;
  private int done;

  private Budget(long nanos, boolean unlimited, long most) {
    this.end = System.nanoTime() + nanos;
    this.unlimited = unlimited;
    this.most = most;
  }

  /** The slice drivers do in one call: 50 ms. */
  public static Budget slice() {
    return of(Duration.ofMillis(50));
  }

  public static Budget of(Duration time) {
    return new Budget(time.toNanos(), false, Long.MAX_VALUE);
  }

  /** This many entries, whatever they take; for tests. */
  public static Budget entries(long most) {
    return new Budget(0, true, most);
  }

  public static Budget unlimited() {
    return new Budget(0, true, Long.MAX_VALUE);
  }

  /** Takes one entry; false when the slice is over, and nothing was taken. */
  public boolean take() {
    if (most == 0 || done >= LEAST && timeOver()) return false;
    most--;
    done++;
    return true;
  }

  /** Whether the time is over, for work within one entry. */
  public boolean timeOver() {
    return !unlimited && System.nanoTime() - end >= 0;
  }
}
