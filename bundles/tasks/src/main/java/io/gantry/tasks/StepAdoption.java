package io.gantry.tasks;

import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.linux.ProcStat;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.tasks.TaskRow.Phase;
import java.io.IOException;
import java.util.Optional;

/** Finds again, at the start of a manager, processes whose client takes the steps: what is half made goes, all else stays as it is. */
final class StepAdoption {
  private final Parts parts;
  private final Lives lives;
  private final Makings makings;
  private final Removal removal;
  private final Endings endings;
  private final Steps steps;

  StepAdoption(Parts parts, Lives lives, Makings makings, Removal removal, Endings endings, Steps steps) {
    this.parts = parts;
    this.lives = lives;
    this.makings = makings;
    this.removal = removal;
    this.endings = endings;
    this.steps = steps;
  }

  /** Of a first process, in its turn. @param recorded whether its container has its record yet, without which nobody can reach it */
  void task(Scope scope, TaskRow row, boolean recorded) throws IOException {
    var runtime = new RuntimeDriver(parts.drivers(), scope, row.given().orElseThrow().runtime());
    if (recorded && row.phase() != Phase.CREATING) {
      process(scope, row, runtime);
      return;
    }
    drop(runtime, row.taskId(scope));
    removal.eraseExecs(scope, row.taskId(scope));
    parts.table().change(scope, TaskRow.erase(row.id()));
  }

  /**
   * Of what clients added to a container, be that made step by step or not.
   *
   * @throws CorruptException one of them cannot be read
   */
  void added(Scope scope, TaskId container) throws IOException {
    Optional<CorruptException> unread = Optional.empty();
    for (Row row : TaskRow.execs(parts.table(), scope, container.container())) {
      TaskId id = TaskRow.taskId(scope, row.id());
      if (makings.has(id)) continue; // of this manager
      try (var turn = removal.turns().take(id)) {
        Optional<TaskRow> now = TaskRow.find(parts.table(), scope, row.id());
        if (now.isPresent()) added(scope, now.get(), id);
      } catch (CorruptException e) {
        unread = Optional.of(e); // the others are found all the same
      }
    }
    if (unread.isPresent()) throw unread.get();
  }

  private void added(Scope scope, TaskRow row, TaskId id) throws IOException {
    var runtime = new RuntimeDriver(parts.drivers(), scope, row.given().orElseThrow().runtime());
    if (row.phase() != Phase.CREATING) {
      process(scope, row, runtime);
      return;
    }
    if (lives.find(id).isPresent()) return;
    drop(runtime, id);
    parts.table().change(scope, TaskRow.erase(row.id()));
  }

  private static void drop(RuntimeDriver runtime, TaskId id) throws IOException {
    try {
      Removal.killAndDelete(runtime, id);
    } catch (NotFoundException gone) {
      return; // it was never made
    }
  }

  private void process(Scope scope, TaskRow row, RuntimeDriver runtime) throws IOException {
    TaskId id = row.taskId(scope);
    if (row.exit().isPresent() || lives.find(id).isPresent()) return;
    Optional<TaskState> found = Adoption.state(row, id, runtime);
    if (found.isEmpty()) {
      endings.lost(scope, row);
      return;
    }
    TaskState state = found.get();
    TaskRow now = settle(scope, row, state);
    if (state.status() == Status.STOPPED) {
      if (state.exit().isPresent()) endings.ended(scope, now, state.exit().get());
      else endings.lost(scope, now);
    } else if (now.pid() == 0) {
      lives.expect(id);
    } else {
      steps.watch(scope, runtime, now, (int) state.pid());
    }
  }

  /** One that was being started when the manager was killed: its runtime knows whether it was. */
  private TaskRow settle(Scope scope, TaskRow row, TaskState state) throws IOException {
    if (row.phase() != Phase.STARTING) return row;
    if (state.status() == Status.CREATED) {
      TaskRow created = row.in(Phase.CREATED);
      parts.table().change(scope, created.write());
      return created;
    }
    int pid = state.pid() == 0 ? row.pid() : (int) state.pid();
    TaskRow running = row.running(pid, ProcStat.bootId(), pid == row.pid() ? row.startTicks() : Launch.First.of(pid).startTicks());
    steps.started(scope, running);
    return running;
  }
}
