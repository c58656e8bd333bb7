package io.gantry.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Work of one operation on several virtual threads: when one fails the others are interrupted, and nobody is left when it ends. The first
 * failure that is no interruption is the one that counts; of two kinds of work the one started with {@code first}, since the failure of a
 * download makes whoever reads along fail too, perhaps earlier.
 */
final class WorkGroup {
  /** A piece of work. */
  interface Work {
    void run() throws IOException;
  }

  private record Failed(boolean first, Exception cause) {}

  private final List<Thread> threads = new ArrayList<>(); // of the owner alone, until join
  private final List<Failed> failures = new ArrayList<>(); // guarded by itself

  /** @param first whether its failure counts before those of others */
  void start(String name, boolean first, Work work) {
    Thread t = Thread.ofVirtual().name(name).unstarted(() -> {
      try {
        work.run();
      } catch (IOException | RuntimeException e) {
        failed(first, e);
      } catch (Error e) {
        failed(first, new IOException(name + " failed: " + e, e));
      }
    });
    threads.add(t);
  }

  private void failed(boolean first, Exception e) {
    synchronized (failures) {
      failures.add(new Failed(first, e));
    }
    cancel();
  }

  private void cancel() {
    for (Thread t : threads) if (t != Thread.currentThread()) t.interrupt();
  }

  /** Begins all, waits for all. */
  void join(String what) throws IOException {
    threads.forEach(Thread::start);
    boolean interrupted = false;
    for (Thread t : threads) {
      while (t.isAlive()) {
        try {
          t.join();
        } catch (InterruptedException e) {
          interrupted = true;
          cancel();
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + what);
    }
    Exception worst = worst();
    if (worst instanceof IOException e) throw e;
    if (worst instanceof RuntimeException e) throw e;
  }

  private Exception worst() {
    synchronized (failures) {
      Exception worst = null;
      for (int rank = 0; rank < 4 && worst == null; rank++) {
        for (Failed f : failures) if (worst == null && rank(f) == rank) worst = f.cause;
      }
      return worst;
    }
  }

  private static int rank(Failed f) {
    return (f.cause instanceof InterruptedIOException ? 2 : 0) + (f.first ? 0 : 1);
  }
}
