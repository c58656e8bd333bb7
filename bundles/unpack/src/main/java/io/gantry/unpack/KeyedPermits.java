package io.gantry.unpack;

import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** One holder per key; unlike a lock it may be given back by another thread. The monitor guards the map, never a wait. */
final class KeyedPermits {
  private static final class Use {
    final Semaphore permit = new Semaphore(1);
    int users;
  }

  private final Map<String, Use> uses = new HashMap<>();

  /** Gives the key back, once. */
  interface Permit {
    void release();
  }

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
    return () -> {
      use.permit.release();
      left(key, use);
    };
  }

  private synchronized void left(String key, Use use) {
    if (--use.users == 0) uses.remove(key);
  }
}
