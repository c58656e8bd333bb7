package io.gantry.snapshot;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Orders calls for one snapshot, since drivers get those one at a time. Striped: two keys may share a lock, which costs time and nothing
 * else. A caller holds one lock at a time; it is held over a driver's calls, which have their own deadline.
 */
final class KeyLocks {
  private static final int STRIPES = 128;
  private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

  KeyLocks() {
    for (int i = 0; i < STRIPES; i++) locks[i] = new ReentrantLock();
  }

  /** A held lock. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits until no call for the snapshot is at work, nor for one that shares its lock.
   *
   * @throws InterruptedIOException it was interrupted, and holds nothing
   * @throws UnavailableException the scope's deadline has come; nothing is held
   */
  Held hold(Scope scope, String snapshotter, String key) throws IOException {
    ReentrantLock lock = locks[Math.floorMod((scope.namespace() + "/" + snapshotter + "/" + key).hashCode(), STRIPES)];
    if (lock.tryLock()) return lock::unlock; // also for one that is interrupted already, and cleans up
    try {
      if (lock.tryLock(scope.nanosLeft(), TimeUnit.NANOSECONDS)) return lock::unlock;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for another call for snapshot '" + key + "' of " + snapshotter + " was interrupted");
    }
    throw new UnavailableException("snapshot '" + key + "' of " + snapshotter + ": another call of the snapshotter, for it or for one"
        + " that shares its lock, did not end before this one's deadline " + scope.deadline() + "; try again later");
  }
}
