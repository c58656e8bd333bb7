package io.gantry.tasks;

import io.gantry.spi.runtime.TaskId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** One after the other for each container: its end is written down by one thread while another is told to remove it. */
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
    Turn mine = turns.compute(id, (k, t) -> {
      Turn turn = t == null ? new Turn() : t;
      turn.users++;
      return turn;
    });
    mine.lock();
    return () -> {
      mine.unlock();
      turns.computeIfPresent(id, (k, t) -> --t.users == 0 ? null : t);
    };
  }

  /** How many are in use, or waited for. */
  int size() {
    return turns.size();
  }
}
