package io.gantry.unpack;

import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/** One holder per key; unlike a lock it may be given back by another thread. The monitor guards the map, never a wait. */
final class KeyedPermits {
  private static final class Use {
    final Semaphore permit = new Semaphore(1);
    int users;
  }

  private final Map<String, Use> uses = new HashMap<>();

  /** A held key. */
  interface Permit extends AutoCloseable {
    /** Gives the key back; a second time changes nothing, whoever has the key by then. */
    @Override
    void close();
  }

  /**
   * Waits without limit until nobody holds the key; interruption ends the wait.
   *
   * @throws InterruptedIOException it was interrupted, and holds nothing
   */
  Permit acquire(String key) throws InterruptedIOException {
    Use use;
    synchronized (this) {
      use = uses.computeIfAbsent(key, k -> new Use());
      use.users++;
    }
    try {
      use.permit.acquire();
    } catch (InterruptedException e) {
      left(key, use);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for another unpacking of " + key + " was interrupted");
    }
    var held = new AtomicBoolean(true);
    return () -> {
      if (!held.getAndSet(false)) return;
      use.permit.release();
      left(key, use);
    };
  }

  private synchronized void left(String key, Use use) {
    if (--use.users == 0) uses.remove(key);
  }

  /** How many keys are held or waited for. */
  synchronized int size() {
    return uses.size();
  }
}
