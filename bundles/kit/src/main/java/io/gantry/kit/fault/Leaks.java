package io.gantry.kit.fault;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Knows what was opened and not closed, and where it was opened. */
public final class Leaks {
  private final Map<Object, Throwable> open = new ConcurrentHashMap<>();

  /** Counts as open from now on until {@link #closed}; the same object twice is one. */
  public <C extends Closeable> C opened(C resource, String what) {
    open.put(resource, new Throwable(what + " was opened here"));
    return resource;
  }

  public void closed(Closeable resource) {
    open.remove(resource);
  }

  /** A stream that is open until it is closed. */
  public InputStream watch(InputStream in, String what) {
    return opened(new FilterInputStream(in) {
      @Override
      public void close() throws IOException {
        closed(this);
        super.close();
      }
    }, what);
  }

  /** How many are open. */
  public int count() {
    return open.size();
  }

  /**
   * Nothing is open.
   *
   * @throws AssertionError something is; its suppressed ones say where each was opened
   */
  public void none() {
    List<Throwable> all = new ArrayList<>(open.values());
    if (all.isEmpty()) return;
    var leaked = new AssertionError(all.size() + " not closed: " + all.stream().map(Throwable::getMessage).toList());
    all.forEach(leaked::addSuppressed);
    throw leaked;
  }
}
