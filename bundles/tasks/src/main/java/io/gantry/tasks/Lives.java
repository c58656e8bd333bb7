package io.gantry.tasks;

import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.linux.ErrnoException;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The processes that run, as far as this manager knows: each is watched by its pid, and asked for its exit when that is gone. */
final class Lives implements AutoCloseable {
  /** What is to be done when a process has ended. */
  @FunctionalInterface
  interface Ended {
    void ended(Exit exit) throws IOException;
  }

  private record Entry(Live live, RuntimeDriver runtime, Ended ended, AtomicBoolean ending) {}

  private static final Logger LOG = LoggerFactory.getLogger(Lives.class);
  private static final Duration REAPING = Duration.ofSeconds(10);
  private static final long STEP_NANOS = Duration.ofMillis(10).toNanos();
  private static final int NOBODY_KNOWS = 255;
  private final Map<TaskId, Entry> entries = new ConcurrentHashMap<>();
  private final ExitWatch watch;

  Lives() throws IOException {
    this.watch = new ExitWatch(this::settle, this::look);
  }

  Live add(TaskId id, RuntimeDriver runtime, int pid, Ended ended) throws IOException {
    var live = new Live();
    entries.put(id, new Entry(live, runtime, ended, new AtomicBoolean()));
    try {
      watch.watch(id, pid);
    } catch (ErrnoException e) {
      Thread.ofVirtual().name("task-exit-" + id).start(() -> settle(id)); // it was quicker than we
    }
    return live;
  }

  Optional<Live> find(TaskId id) {
    return Optional.ofNullable(entries.get(id)).map(Entry::live);
  }

  /** Its pid is gone: its keeper knows how, in a moment. */
  private void settle(TaskId id) {
    Entry e = entries.get(id);
    if (e != null) finish(id, e, exit(id, e));
  }

  private Exit exit(TaskId id, Entry e) {
    long end = System.nanoTime() + REAPING.toNanos();
    while (true) {
      try {
        Optional<Exit> exit = e.runtime().state(id).exit();
        if (exit.isPresent()) return exit.get();
      } catch (NotFoundException gone) {
        return new Exit(NOBODY_KNOWS, Instant.now());
      } catch (UnavailableException away) {
        LOG.debug("{} ended while its runtime is away: {}", id, away.getMessage());
        end = System.nanoTime() + REAPING.toNanos();
      } catch (IOException broken) {
        LOG.warn("{} ended and its runtime does not tell how", id, broken);
        return new Exit(NOBODY_KNOWS, Instant.now());
      }
      if (System.nanoTime() > end) return new Exit(NOBODY_KNOWS, Instant.now());
      LockSupport.parkNanos(STEP_NANOS);
    }
  }

  /** From time to time: the keeper may have died, which its driver finds out when asked. */
  private void look(TaskId id) {
    Entry e = entries.get(id);
    if (e == null) return;
    try {
      TaskState state = e.runtime().state(id);
      if (state.exit().isPresent()) finish(id, e, state.exit().get());
    } catch (NotFoundException gone) {
      finish(id, e, new Exit(NOBODY_KNOWS, Instant.now()));
    } catch (GantryException away) {
      LOG.debug("{} cannot be looked at now: {}", id, away.getMessage());
    } catch (IOException broken) {
      LOG.warn("{} cannot be looked at", id, broken);
    }
  }

  private void finish(TaskId id, Entry e, Exit exit) {
    if (!e.ending().compareAndSet(false, true)) return;
    watch.forget(id);
    try {
      e.ended().ended(exit);
    } catch (IOException | RuntimeException failed) {
      LOG.error("the end of {} (exit code {}) could not be written down", id, exit.code(), failed);
    } finally {
      entries.remove(id, e); // not before: who asks in between shall wait, and then find it written down
      e.live().ended(exit);
    }
  }

  @Override
  public void close() throws IOException {
    watch.close();
  }
}
