package io.gantry.oci.cleanup;

import io.gantry.api.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What was to go at the end of work and could not, as while the records are away. It is tried again by itself, after pauses that grow from
 * a second to a minute, until it is gone or its owner ends. There is a thread as long as something is left; nobody interrupts it.
 *
 * <p>Work that returns has taken it away, or has looked and found nothing. Each exception means that it stays, NotFoundException too: that
 * may be about a driver which nobody knows at this moment.
 *
 * <p>The monitor guards all fields, and is held for no work.
 */
public final class Leftovers implements AutoCloseable {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);
  /** Of one try, which waits for a driver that is away. */
  private static final Duration TRY = Duration.ofMinutes(2);

  /** How long a call that its caller left may take, until what it makes is there. */
  private static final Duration LATE = Duration.ofMinutes(1);

  /** Something that is left, and that may come until a moment, as of {@link System#nanoTime}. */
  private record Left(String what, Scope scope, CleanUp.Work work, long comes) {}

  private final String name;
  private final String end;
  private final Consumer<String> warn;
  private final Consumer<String> info;
  private final Duration first;
  private final Duration late;
  private final Map<String, Left> all = new LinkedHashMap<>();
  /** What was told to stay. */
  private final Set<String> told = new LinkedHashSet<>();
  private Thread thread;
  private Duration pause;
  private boolean closed;

  /**
   * With nothing left.
   *
   * @param name of the thread
   * @param end how long what is still left stays once the owner has ended, in words: "stays until ..."
   * @param warn is told once what stays, and why
   * @param info is told when that is gone
   */
  public Leftovers(String name, String end, Consumer<String> warn, Consumer<String> info) {
    this(name, end, warn, info, FIRST, LATE);
  }

  Leftovers(String name, String end, Consumer<String> warn, Consumer<String> info, Duration first, Duration late) {
    this.name = name;
    this.end = end;
    this.late = late;
    this.warn = warn;
    this.info = info;
    this.first = first;
    this.pause = first;
  }

  /**
   * Takes something away now, as {@link CleanUp#run} does. Where it fails it is thrown, and tried again.
   *
   * @param what names it, for one thing alone
   */
  public void run(Scope scope, String what, CleanUp.Work work) throws IOException {
    try {
      CleanUp.run(scope, work);
    } catch (IOException | RuntimeException e) {
      later(scope, what, work);
      throw e;
    }
  }

  /**
   * As {@link #run}.
   *
   * @param why what the caller throws, which keeps what goes wrong here
   */
  public void after(Throwable why, Scope scope, String what, CleanUp.Work work) {
    try {
      run(scope, what, work);
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  /** Takes something away in a moment; returns at once. */
  public void later(Scope scope, String what, CleanUp.Work work) {
    put(new Left(what, scope.lasting(), work, System.nanoTime()));
  }

  /** As {@link #later}, and again for a minute, since what was asked for by a call that was left may come yet. */
  public void laterThoughItMayCome(Scope scope, String what, CleanUp.Work work) {
    put(new Left(what, scope.lasting(), work, System.nanoTime() + late.toNanos()));
  }

  private synchronized void put(Left left) {
    if (closed) {
      stays(left.what);
      return;
    }
    all.put(left.what, left);
    pause = first;
    notifyAll();
    if (thread == null || !thread.isAlive()) thread = Thread.ofVirtual().name(name).start(this::work);
  }

  private void work() {
    try {
      while (await()) for (Left l : left()) attempt(l);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized List<Left> left() {
    return List.copyOf(all.values());
  }

  /** Waits until it is time. @return whether there is something to do */
  private synchronized boolean await() throws InterruptedException {
    long since = System.nanoTime();
    while (!closed && !all.isEmpty()) {
      long left = pause.toNanos() - (System.nanoTime() - since);
      if (left <= 0) {
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
        return true;
      }
      wait(left / 1_000_000 + 1);
    }
    thread = null;
    return false;
  }

  private void attempt(Left l) {
    try {
      boolean mayCome = System.nanoTime() - l.comes < 0; // before it is looked for
      l.work.run(l.scope.within(TRY));
      if (!mayCome) gone(l);
    } catch (IOException | RuntimeException e) {
      failed(l, String.valueOf(e.getMessage()));
    }
  }

  /** Unless the same was left again meanwhile. */
  private synchronized void gone(Left l) {
    all.remove(l.what, l);
    if (told.remove(l.what)) info.accept(l.what + ", which stayed, is gone");
  }

  private synchronized void failed(Left l, String why) {
    if (!closed && told.add(l.what)) warn.accept(l.what + " stays, and is tried again until it is gone: " + why);
  }

  /** Tries nothing any more; what is at work ends by itself. */
  @Override
  public synchronized void close() {
    closed = true;
    told.forEach(this::stays);
    notifyAll();
  }

  private void stays(String what) {
    warn.accept(what + " could not be taken away until now, and " + end);
  }
}
