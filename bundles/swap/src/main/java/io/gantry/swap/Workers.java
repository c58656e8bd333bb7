package io.gantry.swap;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads on which one activated driver is called. Platform threads, for a driver makes native calls; never interrupted, for an
 * interruption closes a FileChannel. They belong to one activation and end with it: what a driver left in a ThreadLocal goes with them,
 * and a thread that never comes back is nobody else's.
 */
final class Workers {
  private static final long IDLE_NANOS = 20_000_000_000L;
  private static final Runnable END = () -> {};

  private final String name;
  private final AtomicInteger made = new AtomicInteger();
  private final ConcurrentLinkedDeque<Worker> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  Workers(String name) {
    this.name = name;
  }

  void run(Runnable task) {
    Worker w = idle.pollFirst();
    if (w == null) {
      new Worker(task).start();
    } else {
      w.hand(task);
    }
  }

  /** Lets idle threads end, and busy ones after their call. */
  void close() {
    closed = true;
    for (Worker w; (w = idle.pollFirst()) != null; ) w.hand(END);
  }

  private final class Worker implements Runnable {
    private volatile Runnable task; // set by whoever took this worker out of idle, and by nobody else
    private Thread thread;

    Worker(Runnable first) {
      task = first;
    }

    void start() {
      thread = Thread.ofPlatform().daemon(true).inheritInheritableThreadLocals(false).name(name + "-" + made.incrementAndGet())
          .unstarted(this);
      thread.setContextClassLoader(Workers.class.getClassLoader());
      thread.start();
    }

    void hand(Runnable next) {
      task = next;
      LockSupport.unpark(thread);
    }

    @Override
    public void run() {
      while (task != END) {
        task.run();
        Thread.interrupted(); // by the call itself: the next one is promised a thread that is not
        task = null;
        idle.addFirst(this);
        if (closed && idle.remove(this)) return;
        if (!awaitTask()) return;
      }
    }

    private boolean awaitTask() {
      long end = System.nanoTime() + IDLE_NANOS;
      while (task == null) {
        long left = end - System.nanoTime();
        if (left <= 0 && idle.remove(this)) return false; // else somebody took it at this moment: the task comes
        LockSupport.parkNanos(this, Math.max(left, 1_000_000));
      }
      return true;
    }
  }
}
