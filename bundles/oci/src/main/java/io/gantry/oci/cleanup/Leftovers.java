package io.gantry.oci.cleanup;

import io.gantry.api.NotFoundException;
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
 * <p>The monitor guards all fields, and is held for no work.
 */
public final class Leftovers implements AutoCloseable {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);
  /** Of one try, which waits for a driver that is away. */
  private static final Duration TRY = Duration.ofMinutes(2);

  /** Something that is left. */
  private record Left(String what, Scope scope, CleanUp.Work work) {}

  private final String name;
  private final Consumer<String> warn;
  private final Consumer<String> info;
  private final Duration first;
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
   * @param warn is told once what stays, and why
   * @param info is told when that is gone
   */
  public Leftovers(String name, Consumer<String> warn, Consumer<String> info) {
    this(name, warn, info, FIRST);
  }

  Leftovers(String name, Consumer<String> warn, Consumer<String> info, Duration first) {
    this.name = name;
    this.warn = warn;
    this.info = info;
    this.first = first;
    this.pause = first;
  }

  /**
   * Takes something away now, as {@link CleanUp#run} does; what is not there is gone. Where it fails it is thrown, and tried again.
   *
   * @param what names it, for one thing alone
   */
  public void run(Scope scope, String what, CleanUp.Work work) throws IOException {
    try {
      CleanUp.run(scope, work);
    } catch (NotFoundException e) {
      return;
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
  public synchronized void later(Scope scope, String what, CleanUp.Work work) {
    if (closed) return; // the next start finds it
    all.put(what, new Left(what, scope.lasting(), work));
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
      l.work.run(l.scope.within(TRY));
      gone(l);
    } catch (NotFoundException e) {
      gone(l);
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
    for (String what : told) warn.accept(what + " could not be taken away until now, and stays until the next start");
    notifyAll();
  }
}
