package io.gantry.snapshot;

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

  Held hold(String namespace, String snapshotter, String key) {
    ReentrantLock lock = locks[Math.floorMod((namespace + "/" + snapshotter + "/" + key).hashCode(), STRIPES)];
    lock.lock();
    return lock::unlock;
  }
}
