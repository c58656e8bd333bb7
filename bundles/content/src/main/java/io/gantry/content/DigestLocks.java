package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

  private final Map<Digest, Entry> entries = new HashMap<>();

  /** All of them, as {@link #hold(Scope, Digest)}; none where one is not to be had. */
  Held hold(Scope scope, Collection<Digest> digests) throws IOException {
    List<Held> all = new ArrayList<>();
    boolean done = false;
    try {
      for (Digest d : digests.stream().distinct().sorted().toList()) all.add(hold(scope, d));
      done = true;
    } finally {
      if (!done) all.forEach(Held::close);
    }
    return () -> all.forEach(Held::close);
  }

  /**
   * Blocks as long as somebody else holds it.
   *
   * @throws UnavailableException somebody else still does at the scope's deadline
   * @throws InterruptedIOException the thread was interrupted, and stays so
   */
  Held hold(Scope scope, Digest digest) throws IOException {
    Entry entry;
    synchronized (entries) {
      entry = entries.computeIfAbsent(digest, d -> new Entry());
      entry.users++;
    }
    boolean held = false;
    try {
      held = entry.lock.tryLock() || entry.lock.tryLock(scope.nanosLeft(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for another call that works on blob " + digest);
    } finally {
      if (!held) leave(digest, entry);
    }
    if (!held) throw new UnavailableException("the time for it was up while it waited for another call that works on blob " + digest);
    return () -> {
      entry.lock.unlock();
      leave(digest, entry);
    };
  }

  private void leave(Digest digest, Entry entry) {
    synchronized (entries) {
      if (--entry.users == 0) entries.remove(digest);
    }
  }
}
