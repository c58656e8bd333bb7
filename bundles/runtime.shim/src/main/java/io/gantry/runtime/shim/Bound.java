package io.gantry.runtime.shim;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Ends what has no time limit of its own, such as a write into a socket: unless this is closed in time, it calls what breaks it off. The
 * thread that looks at the clock is a virtual one, which the close ends.
 */
final class Bound implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);

  /** @param breakOff called at most once, on another thread; perhaps at the moment of the close */
  Bound(long nanos, Runnable breakOff) {
    Thread.ofVirtual().name("ttrpc-bound").inheritInheritableThreadLocals(false).start(new FutureTask<>(() -> {
      if (!done(nanos)) breakOff.run();
    }, null)); // decision 0005
  }

  private boolean done(long nanos) {
    try {
      return done.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody knows this thread", e);
    }
  }

  @Override
  public void close() {
    done.countDown();
  }
}
