package io.gantry.swap;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Waits for calls to leave a driver. All is called under the lock of Instances, which is let go while waiting. An interruption does not end
 * a wait, since half a hand-over is none; the thread's flag is set again afterwards.
 */
final class Drain {
  private Drain() {}

  /**
   * Asks yielding calls back and waits for their end, while short ones go on. What may not be cut is waited for too.
   *
   * @return how many were cut
   */
  static int yields(Live live, Duration limit) {
    int cut = 0;
    for (Call<?> c : live.calls) {
      if (!c.cuttable || c.cut()) continue;
      c.askBack();
      cut++;
    }
    until(live.instance, limit, () -> live.calls.stream().noneMatch(c -> c.yields));
    return cut;
  }

  /** Waits until nobody is in the driver, and answers whether that came about. */
  static boolean all(Live live, Duration limit) {
    return until(live.instance, limit, live.calls::isEmpty);
  }

  /** The fence: gives up what is still there, and answers how many calls that were. */
  static int force(Live live) {
    int forced = 0;
    for (Call<?> c : live.calls) if (c.giveUp()) forced++;
    live.calls.clear();
    live.abandoned += forced;
    if (live.abandoned > 0) live.instance.fenced.add(live);
    return forced;
  }

  /** Waits for something to become true of an instance, and answers whether it did. */
  static boolean until(Instance i, Duration limit, BooleanSupplier truth) {
    long left = limit.toNanos();
    boolean interrupted = false;
    while (!truth.getAsBoolean() && left > 0) {
      try {
        left = i.changed.awaitNanos(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
    return truth.getAsBoolean();
  }
}
