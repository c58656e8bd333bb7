package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Container;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way back: task, snapshot, log, record. Each step may have been done already. */
final class Removal {
  /** How long what was killed may take to end. */
  static final Duration KILL = Duration.ofSeconds(10);
  private static final long STEP_NANOS = Duration.ofMillis(20).toNanos();
  /** The time of a container whose record cannot be read; no record has it. */
  private static final Instant UNREAD = Instant.MIN;
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);
  private final Parts parts;
  private final LogFiles logs;
  private final Path fifos;
  private final Lives lives;
  private final Turns turns = new Turns();

  Removal(Parts parts, LogFiles logs, Path fifos, Lives lives) {
    this.parts = parts;
    this.logs = logs;
    this.fifos = fifos;
    this.lives = lives;
  }

  /** Whoever changes what is known of a container that may be removed at this moment takes its turn first. */
  Turns turns() {
    return turns;
  }

  /** Content where it is gone already, or where its id was given to another meanwhile. */
  void remove(Scope scope, Container c, boolean force) throws IOException {
    TaskId id = TaskId.of(scope.namespace(), c.id());
    RuntimeDriver runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    while (true) {
      Optional<Live> ending;
      try (var turn = turns.take(id, scope.deadline())) {
        if (!isThere(scope, c)) return;
        Optional<TaskRow> row = row(scope, c.id(), force); // as whoever had the turn before left it
        ending = row.isPresent() && row.get().exit().isEmpty() ? stop(runtime, id, force) : Optional.empty();
        if (ending.isEmpty()) {
          if (row.isPresent()) forget(scope, row.get(), runtime, id, force);
          finish(scope, c, id);
          return;
        }
      }
      await(ending.get(), id); // without the turn, which the writing down of its end needs
    }
  }

  /** @throws CorruptException it cannot be read; where that is forced, it is taken for one that says nothing of an end */
  private Optional<TaskRow> row(Scope scope, String id, boolean force) throws IOException {
    try {
      return TaskRow.find(parts.table(), scope, id);
    } catch (CorruptException e) {
      if (!force) throw e;
      LOG.warn("container '{}' is removed, although {}", id, e.getMessage());
      return Optional.of(TaskRow.creating(id, false));
    }
  }

  private boolean isThere(Scope scope, Container c) throws IOException {
    try {
      return parts.containers().find(scope, c.id()).filter(now -> now.created().equals(c.created())).isPresent();
    } catch (CorruptException e) {
      if (c.created().equals(UNREAD)) return true;
      throw e;
    }
  }

  /**
   * What is to be removed where the record cannot be read: whatever runs of it, its log and the record. Its snapshot is not known, and goes
   * with a collection.
   *
   * @throws UnavailableException it runs, and no runtime that answers knows it
   */
  Container unread(Scope scope, String id, boolean force) throws IOException {
    Optional<TaskRow> row = row(scope, id, force).filter(r -> r.exit().isEmpty() || r.given().isPresent()); // the runtime has it yet
    String runtime = row.isPresent() ? runtime(scope, TaskId.of(scope.namespace(), id), row.get()) : "";
    return new Container(id, "", runtime, Optional.empty(), new Typed("", new byte[0]), "", "", Map.of(), "", Map.of(), UNREAD, UNREAD, 0);
  }

  private String runtime(Scope scope, TaskId id, TaskRow row) throws IOException {
    if (row.given().isPresent()) return row.given().get().runtime();
    List<DriverRef> all = parts.drivers().of(scope, Runtime.KIND);
    for (DriverRef r : all) {
      try {
        new RuntimeDriver(parts.drivers(), scope, r.name()).state(id);
        return r.name();
      } catch (NotFoundException e) {
        continue; // it is another's
      } catch (UnavailableException away) {
        throw notKnown(id.container(), away); // it may be its
      }
    }
    return all.isEmpty() ? "" : all.getFirst().name(); // none has it: it ended
  }

  private void forget(Scope scope, TaskRow row, RuntimeDriver runtime, TaskId id, boolean force) throws IOException {
    parts.table().change(scope, row.deleting().write());
    if (row.exit().isEmpty()) deleteStopped(runtime, id, KILL);
    else if (runtime.known()) deleteEnded(runtime, id, force); // a runtime may be given up after what it ran
    Endings.tellDeleted(parts.events(), scope, id, row);
  }

  /** A runtime that says that it runs has lost it, and may speak of another process. */
  private static void deleteEnded(RuntimeDriver runtime, TaskId id, boolean force) throws IOException {
    try {
      deleteStopped(runtime, id, Duration.ZERO);
    } catch (ConflictException e) {
      if (!force) {
        throw new ConflictException("container '" + id.container() + "' has ended, and its runtime says that it runs (" + e.getMessage()
            + "); look after that yourself, and remove it with --force", e);
      }
      LOG.warn("{} is removed, and its runtime says that it runs: {}", id, e.getMessage());
    }
  }

  private void finish(Scope scope, Container c, TaskId id) throws IOException {
    if (!c.snapshotter().isEmpty() && !c.snapshotKey().isEmpty()) {
      ignoringMissing(() -> parts.snapshots().remove(scope, c.snapshotter(), c.snapshotKey()));
    }
    logs.remove(scope.namespace(), c.id());
    Fifos.removeAll(fifos, id);
    eraseExecs(scope, id);
    parts.table().change(scope, TaskRow.erase(c.id()));
    ignoringMissing(() -> parts.containers().remove(scope, c.id()));
    parts.cgroups().removeEmpty(scope.namespace());
  }

  /** What is written down of processes that clients added to a container; they went with it. */
  void eraseExecs(Scope scope, TaskId container) throws IOException {
    for (Row row : TaskRow.execs(parts.table(), scope, container.container())) {
      TaskId id = TaskRow.taskId(scope, row.id());
      try (var turn = turns.take(id)) {
        parts.table().change(scope, TaskRow.erase(row.id()));
      }
      lives.dismiss(id);
    }
  }

  /** Kills what runs. @return what is to be waited for: where this manager watches it, its end is still to be written down */
  private Optional<Live> stop(RuntimeDriver runtime, TaskId id, boolean force) throws IOException {
    Optional<Live> live = lives.find(id);
    try {
      TaskState state = runtime.state(id);
      if (state.status() != Status.STOPPED) {
        if (!force && state.status() != Status.CREATED) {
          throw new ConflictException("container '" + id.container() + "' is " + state.status().name().toLowerCase(Locale.ROOT)
              + "; stop it by ctr:kill, or remove it with --force");
        }
        kill(runtime, id);
      }
    } catch (NotFoundException gone) {
      return live; // its watcher finds that out, too
    } catch (UnavailableException away) {
      throw notKnown(id.container(), away);
    }
    return live;
  }

  /** @param why its driver is away, for longer than calls wait for one */
  static UnavailableException notKnown(String container, UnavailableException why) {
    return new UnavailableException("container '" + container + "' is not removed, since it cannot be told whether it runs: "
        + why.getMessage(), why.retryAfter(), why);
  }

  private static void await(Live live, TaskId id) throws IOException {
    try {
      live.await("container '" + id.container() + "'", Instant.now().plus(KILL));
    } catch (UnavailableException late) {
      throw new UnavailableException("remove container '" + id.container() + "': its end is not known " + KILL.toSeconds()
          + " s after SIGKILL; try again later", late);
    }
  }

  private static void kill(RuntimeDriver runtime, TaskId id) throws IOException {
    try {
      runtime.signal(id, 9, true);
    } catch (ConflictException e) {
      return; // it ended by itself meanwhile
    }
  }

  /** Takes back what was created, be it started or not. */
  static void killAndDelete(RuntimeDriver runtime, TaskId id) throws IOException {
    try {
      runtime.signal(id, 9, id.exec().isEmpty());
    } catch (ConflictException | NotFoundException e) {
      // it does not run (any more): there is nothing to kill, and delete does the rest
      runtime.delete(id);
      return;
    }
    deleteStopped(runtime, id, KILL);
  }

  /**
   * Deletes what was killed a moment ago, as soon as it has ended.
   *
   * @throws ConflictException it runs yet after that time
   */
  static void deleteStopped(RuntimeDriver runtime, TaskId id, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        runtime.delete(id);
        return;
      } catch (NotFoundException e) {
        return;
      } catch (ConflictException e) {
        if (System.nanoTime() >= end) throw e;
        LockSupport.parkNanos(STEP_NANOS);
      }
    }
  }

  private static void ignoringMissing(Undo.Step step) throws IOException {
    try {
      step.back();
    } catch (NotFoundException e) {
      return; // gone already
    }
  }
}
