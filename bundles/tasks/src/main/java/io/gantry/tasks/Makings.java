package io.gantry.tasks;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.UnavailableException;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is made at this moment, each on a thread of its own, which nobody interrupts and which has no deadline: a driver goes on with a call
 * whose caller has left, so only who stays sees what there is to be taken back, and when. The monitor guards all fields, also those of
 * each.
 */
final class Makings implements AutoCloseable {
  /** Makes something; where it throws, it has taken back what it did before. */
  @FunctionalInterface
  interface Work<R> {
    R to(Making making) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Makings.class);
  private final Duration farewell;
  private final Set<TaskId> ids = new HashSet<>();

  /** @param farewell how long the end of this waits for what is made */
  Makings(Duration farewell) {
    this.farewell = farewell;
  }

  /** Also while it is taken back, since nobody waits for it any more. */
  synchronized boolean has(TaskId id) {
    return ids.contains(id);
  }

  /** @throws AlreadyExistsException it is being made */
  synchronized void requireFree(TaskId id) throws AlreadyExistsException {
    if (ids.contains(id)) {
      throw new AlreadyExistsException(words(id) + " is there already: it is being made at this moment, or taken back after a call that was"
          + " given up; choose another id, or try again later");
    }
  }

  /**
   * Waits until it is made, or until its caller has to leave, after which it is taken back.
   *
   * @param deadline {@link Instant#MAX} for none
   * @throws AlreadyExistsException it is being made by another
   * @throws UnavailableException it is not made at the deadline
   * @throws InterruptedIOException the thread was interrupted before it was made, and stays so
   */
  <R> R run(TaskId id, Instant deadline, Work<R> work) throws IOException {
    var making = new Making(id);
    var made = new Object() {
      R it;
    };
    synchronized (this) {
      requireFree(id);
      ids.add(id);
    }
    boolean begun = false;
    try {
      Thread.ofVirtual().name("task-make-" + id).start(() -> {
        Throwable why = null;
        try {
          made.it = work.to(making);
        } catch (IOException | RuntimeException | Error e) {
          why = e;
        } finally {
          ended(making, why);
        }
      });
      begun = true;
    } finally {
      if (!begun) ended(making, null);
    }
    await(making, deadline);
    return made.it;
  }

  private synchronized void ended(Making making, Throwable why) {
    making.ended = true;
    making.failure = why;
    ids.remove(making.id);
    notifyAll();
    if (!making.left) return;
    if (why == null || why.getSuppressed().length > 0) LOG.error("{} may not be taken back wholly", words(making.id), why);
    else LOG.info("{} is taken back: {}", words(making.id), why.toString());
  }

  private synchronized void await(Making making, Instant deadline) throws IOException {
    boolean interrupted = false;
    while (!making.ended) {
      long millis = making.kept || deadline.equals(Instant.MAX) ? 0 : Math.max(-1, Duration.between(Instant.now(), deadline).toMillis());
      if (millis < 0 || millis == 0 && !making.kept && !deadline.equals(Instant.MAX)) {
        making.left = true;
        throw new UnavailableException(words(making.id) + " is not made at the deadline; what there is of it is taken back as soon as its"
            + " driver answers");
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        interrupted = true;
        if (making.kept || making.ended) continue;
        making.left = true;
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("making " + words(making.id) + " was interrupted; what there is of it is taken back"
            + " as soon as its driver answers").initCause(e);
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
    if (making.failure instanceof IOException e) throw e;
    if (making.failure instanceof RuntimeException e) throw e;
    if (making.failure instanceof Error e) throw e;
  }

  private static String words(TaskId id) {
    return (id.exec().isEmpty() ? "" : "process '" + id.exec() + "' of ") + "container '" + id.container() + "'";
  }

  /** What one thread makes. */
  final class Making {
    private final TaskId id;
    private boolean left;
    private boolean kept;
    private boolean ended;
    private Throwable failure;

    private Making(TaskId id) {
      this.id = id;
    }

    /** @throws UnavailableException nobody waits for it any more */
    void requireWanted() throws UnavailableException {
      synchronized (Makings.this) {
        if (left) throw new UnavailableException("nobody waits for it any more");
      }
    }

    /** The same, and from here on its caller stays to the end, which is to be near. */
    void keep() throws UnavailableException {
      synchronized (Makings.this) {
        requireWanted();
        kept = true;
      }
    }
  }

  /** Waits a while for what is made; what takes longer is found half made by whoever starts next. */
  @Override
  public synchronized void close() {
    long end = System.nanoTime() + farewell.toNanos();
    try {
      for (long left = farewell.toMillis(); !ids.isEmpty() && left > 0; left = (end - System.nanoTime()) / 1_000_000) wait(left);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ids.isEmpty()) LOG.warn("{} are still being made, or taken back", ids);
  }
}
