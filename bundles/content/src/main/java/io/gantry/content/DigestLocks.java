package io.gantry.content;

import io.gantry.api.Digest;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the bytes of a digest from being removed between being there and being recorded: both, and the removal, hold its lock. It is held
 * over calls of the store and of the records. Whoever holds one takes no other; several are taken at once, in their order. The monitor
 * guards the map and is held for nothing else.
 */
final class DigestLocks {
  /** A digest that somebody holds or waits for. */
  private static final class Entry {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
  }

  /** A held lock. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** All of them. */
  Held hold(Collection<Digest> digests) {
    List<Held> all = digests.stream().distinct().sorted().map(this::hold).toList();
    return () -> all.forEach(Held::close);
  }

  private final Map<Digest, Entry> entries = new HashMap<>();

  Held hold(Digest digest) {
    Entry entry;
    synchronized (entries) {
      entry = entries.computeIfAbsent(digest, d -> new Entry());
      entry.users++;
    }
    entry.lock.lock();
    return () -> {
      entry.lock.unlock();
      synchronized (entries) {
        if (--entry.users == 0) entries.remove(digest);
      }
    };
  }
}
