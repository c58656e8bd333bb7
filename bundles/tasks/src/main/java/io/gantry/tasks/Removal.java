package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Container;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The way back: task, snapshot, log, record. Each step may have been done already. */
final class Removal {
  private static final Duration KILL = Duration.ofSeconds(10);
  private static final long STEP_NANOS = Duration.ofMillis(20).toNanos();
  private final Parts parts;
  private final LogFiles logs;

  Removal(Parts parts, LogFiles logs) {
    this.parts = parts;
    this.logs = logs;
  }

  void remove(Scope scope, Container c, Optional<TaskRow> row, boolean force) throws IOException {
    TaskId id = TaskId.of(scope.namespace(), c.id());
    RuntimeDriver runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    if (row.isPresent()) {
      stop(runtime, id, force);
      parts.table().change(scope, row.get().deleting().write());
      deleteStopped(runtime, id);
      parts.events().publish(scope, "/tasks/delete", Map.of("container_id", c.id(), "exit_status", row.get().exit().map(e -> e.code())
          .orElse(0)));
    }
    ignoringMissing(() -> parts.snapshots().remove(scope, c.snapshotter(), c.snapshotKey()));
    logs.remove(scope.namespace(), c.id());
    parts.table().change(scope, TaskRow.erase(c.id()));
    ignoringMissing(() -> parts.containers().remove(scope, c.id()));
    parts.cgroups().removeEmpty(scope.namespace());
  }

  private static void stop(RuntimeDriver runtime, TaskId id, boolean force) throws IOException {
    TaskState state;
    try {
      state = runtime.state(id);
    } catch (NotFoundException e) {
      return;
    }
    if (state.status() == Status.STOPPED) return;
    if (!force && state.status() != Status.CREATED) {
      throw new ConflictException("container '" + id.container() + "' is " + state.status().name().toLowerCase(java.util.Locale.ROOT)
          + "; stop it by ctr:kill, or remove it with --force");
    }
    try {
      runtime.signal(id, 9, true);
    } catch (ConflictException | NotFoundException e) {
      return; // it ended by itself meanwhile
    }
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
