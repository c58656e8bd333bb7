package io.gantry.swap;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes callers whose time is over, at most {@link #TICK_NANOS} late. One thread looks for all of them, as long as there are any: a virtual
 * thread that parks for a time costs a timer that is set and taken back, and wakes the timers' thread twice, which is half of a short call.
 */
final class Timekeeper {
  static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int IDLE_TICKS = 20;
  private final Map<Thread, Long> due = new ConcurrentHashMap<>();
  private final AtomicBoolean running = new AtomicBoolean();

  /** Parks as {@link LockSupport#park} does, and wakes this thread when {@link System#nanoTime} has come to be {@code end}. */
  void park(Object blocker, long end) {
    Thread me = Thread.currentThread();
    due.put(me, end);
    try {
      if (!running.get()) begin();
      LockSupport.park(blocker);
    } finally {
      due.remove(me);
    }
  }

  private void begin() {
    if (running.compareAndSet(false, true)) Thread.ofVirtual().name("swap-timekeeper").start(this::run);
  }

  private void run() {
    try {
      for (int idle = 0; idle < IDLE_TICKS; ) {
        LockSupport.parkNanos(this, TICK_NANOS);
        idle = due.isEmpty() ? idle + 1 : 0;
        long now = System.nanoTime();
        due.forEach((thread, end) -> {
          if (end - now <= 0) LockSupport.unpark(thread);
        });
      }
    } finally {
      running.set(false);
    }
    if (!due.isEmpty()) begin(); // one came at the last moment
  }
}
