package io.gantry.gc;

import io.gantry.api.Scope;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Changed;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When to collect without being asked: a quiet time after something was removed or an image was moved, after many of those at once, when
 * something ends by itself, and by the clock where anything else changed or was left over. On a manager where nothing happens and nothing
 * ends it does nothing.
 *
 * <p>The monitor guards all fields and is held for no call. Changes are told on threads that others wait for, and only counted there.
 */
final class Pace implements Closeable {
  /** Does it. */
  @FunctionalInterface
  interface Work {
    void run(Scope scope) throws IOException;
  }

  private static final Logger log = LoggerFactory.getLogger(Pace.class);
  private static final Set<String> TABLES = Set.of("image", "container", "content", "snapshot", "lease", Leases.HELD);
  /** So many removed blobs are known, which takes 10 MB; the bytes of more are as any that no record tells of. */
  static final int MOST_REMOVED = 50_000;
  /** A collection that finds more to do than this is ended by a stop of the manager. */
  private static final Duration END = Duration.ofSeconds(10);

  private final Supplier<Settings> settings;
  private final Work work;
  private final Closeable watch;
  private final Thread thread;
  /** Whether anything changed since the last collection began; at first nobody knows. */
  private boolean changed = true;
  /** Digests of blobs whose records were removed, until a collection has dealt with their bytes. */
  private final Set<String> removed = new HashSet<>();
  private int removals;
  private long lastRemoval;
  private boolean leftOver;
  private Instant next = Instant.MAX;
  private String failure = "";
  private boolean closed;

  Pace(Table table, Supplier<Settings> settings, Work work) {
    this.settings = settings;
    this.work = work;
    this.watch = table.watch(Scope.root(), this::told);
    this.thread = Thread.ofVirtual().name("gc").unstarted(this::loop);
  }

  void start() {
    thread.start();
  }

  private synchronized void told(Changed c) {
    if (!TABLES.contains(c.table())) return;
    changed = true;
    if (c.json().isPresent() && !c.table().equals("image") || isWrite(c)) return;
    if (c.table().equals("content") && removed.size() < MOST_REMOVED) removed.add(c.place().id());
    lastRemoval = System.nanoTime();
    if (++removals == 1 || removals == settings.get().removals()) notifyAll();
  }

  /** A lease holds a write no more, most often as that is a blob now: nothing goes for that but by the clock. */
  private static boolean isWrite(Changed c) {
    return c.table().equals(Leases.HELD) && c.place().id().startsWith("ingests/", c.place().id().indexOf('|') + 1);
  }

  /** The configuration changed. */
  synchronized void changed() {
    notifyAll();
  }

  synchronized Set<String> removed() {
    return Set.copyOf(removed);
  }

  /** A collection begins: what changes from now on is for the next. */
  synchronized void begins() {
    changed = false;
    removals = 0;
    next = Instant.MAX;
  }

  synchronized void ended(Instant soonest, boolean whole, Set<String> settled) {
    settled.forEach(removed::remove);
    next = soonest;
    leftOver = !whole;
    notifyAll();
  }

  private void loop() {
    try {
      while (await()) run();
    } catch (InterruptedException e) {
      return; // the end
    }
  }

  /** Waits until it is time. @return whether to go on */
  private synchronized boolean await() throws InterruptedException {
    long looked = System.nanoTime();
    while (!closed) {
      Settings s = settings.get();
      long now = System.nanoTime();
      if (!s.automatic()) {
        wait();
        continue;
      }
      long at = Math.min(looked + s.interval().toNanos(), now + untilNext());
      if (removals > 0 && failure.isEmpty()) at = Math.min(at, removals >= s.removals() ? now : lastRemoval + s.quiet().toNanos());
      if (at > now) {
        wait(Math.max(1, (at - now) / 1_000_000));
      } else if (changed || leftOver || removals > 0 || !next.isAfter(Instant.now()) || !failure.isEmpty()) {
        return true;
      } else {
        looked = now;
      }
    }
    return false;
  }

  private long untilNext() {
    Duration left = Duration.between(Instant.now(), next.isAfter(Instant.now().plus(settings.get().interval()))
        ? Instant.now().plus(settings.get().interval()) : next);
    return Math.max(0, left.toNanos());
  }

  private void run() {
    try {
      work.run(Scope.root());
      succeeded();
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }

  private synchronized void succeeded() {
    if (!failure.isEmpty()) log.info("the garbage collection works again");
    failure = "";
  }

  /** Told once; tried again by the clock. */
  private synchronized void failed(Exception e) {
    if (closed && e instanceof InterruptedIOException) return; // the end; where it is not, a driver's own, as a timeout is
    String why = String.valueOf(e.getMessage());
    if (!why.equals(failure)) log.warn("the garbage collection failed and is tried again every {} s: {}", settings.get().interval()
        .toSeconds(), why, e instanceof RuntimeException ? e : null);
    failure = why;
    changed = true;
  }

  @Override
  public void close() throws IOException {
    watch.close();
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
    try {
      if (!thread.join(END)) log.warn("the garbage collection is still at work, and ends by itself");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
