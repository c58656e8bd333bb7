package io.gantry.tasks;

import io.gantry.api.UnavailableException;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One after the other for each container: it is made by one thread, its end is written down by another, and a third is told to remove it.
 * A turn is held over calls of drivers and of the table; nobody may wait in it for the end of a process, which is written down in a turn.
 */
final class Turns {
  private static final class Turn extends ReentrantLock {
    private static final long serialVersionUID = 1;
    private transient int users;
  }

  /** Gives the turn to the next. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private final Map<TaskId, Turn> turns = new ConcurrentHashMap<>();

  /** Waits for its turn; a thread that has it may take it again. */
  Held take(TaskId id) {
    Turn mine = join(id);
    mine.lock();
    return held(id, mine);
  }

  /**
   * The same for whoever may be told that it did not come.
   *
   * @param deadline {@link Instant#MAX} for none
   * @throws UnavailableException others have it until after the deadline
   * @throws InterruptedIOException the thread was interrupted while it waited
   */
  Held take(TaskId id, Instant deadline) throws IOException {
    Turn mine = join(id);
    boolean got = false;
    try {
      got = lock(mine, deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for others who make or remove container '" + id.container() + "' was interrupted");
    } finally {
      if (!got) leave(id);
    }
    if (got) return held(id, mine);
    throw new UnavailableException("container '" + id.container()
        + "' is being made, ended or removed at this moment, and that was not done"
        + " at the deadline; try again later");
  }

  private static boolean lock(Turn mine, Instant deadline) throws InterruptedException {
    if (!deadline.equals(Instant.MAX)) return mine.tryLock(Duration.between(Instant.now(), deadline).toMillis(), TimeUnit.MILLISECONDS);
    mine.lockInterruptibly();
    return true;
  }

  private Turn join(TaskId id) {
    return turns.compute(id, (k, t) -> {
      Turn turn = t == null ? new Turn() : t;
      turn.users++;
      return turn;
    });
  }

  private void leave(TaskId id) {
    turns.computeIfPresent(id, (k, t) -> --t.users == 0 ? null : t);
  }

  private Held held(TaskId id, Turn mine) {
    return () -> {
      mine.unlock();
      leave(id);
    };
  }

  /** How many are in use, or waited for. */
  int size() {
    return turns.size();
  }
}
