package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.record.Container;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The way back: task, snapshot, log, record. Each step may have been done already. */
final class Removal {
  private static final Duration KILL = Duration.ofSeconds(10);
  private static final long STEP_NANOS = Duration.ofMillis(20).toNanos();
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
        Optional<TaskRow> row = TaskRow.find(parts.table(), scope, c.id()); // as whoever had the turn before left it
        ending = row.isPresent() && row.get().exit().isEmpty() ? stop(runtime, id, force) : Optional.empty();
        if (ending.isEmpty()) {
          finish(scope, c, runtime, id, row);
          return;
        }
      }
      await(ending.get(), id); // without the turn, which the writing down of its end needs
    }
  }

  private boolean isThere(Scope scope, Container c) throws IOException {
    return parts.containers().find(scope, c.id()).filter(now -> now.created().equals(c.created())).isPresent();
  }

  private void finish(Scope scope, Container c, RuntimeDriver runtime, TaskId id, Optional<TaskRow> row) throws IOException {
    if (row.isPresent()) {
      parts.table().change(scope, row.get().deleting().write());
      if (row.get().exit().isEmpty() || runtime.known()) deleteStopped(runtime, id); // a runtime may be given up after what it ran
      parts.events().publish(scope, "/tasks/delete", Map.of("container_id", c.id(), "exit_status", row.get().exit().map(e -> e.code())
          .orElse(0)));
    }
    ignoringMissing(() -> parts.snapshots().remove(scope, c.snapshotter(), c.snapshotKey()));
    logs.remove(scope.namespace(), c.id());
    Fifos.removeAll(fifos, id);
    parts.table().change(scope, TaskRow.erase(c.id()));
    ignoringMissing(() -> parts.containers().remove(scope, c.id()));
    parts.cgroups().removeEmpty(scope.namespace());
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
    }
    return live;
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
    deleteStopped(runtime, id);
  }

  /** Deletes what was killed a moment ago, as soon as it has ended. */
  static void deleteStopped(RuntimeDriver runtime, TaskId id) throws IOException {
    long end = System.nanoTime() + KILL.toNanos();
    while (true) {
      try {
        runtime.delete(id);
        return;
      } catch (NotFoundException e) {
        return;
      } catch (ConflictException e) {
        if (System.nanoTime() > end) throw e;
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
