package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.service.event.Events;
import io.gantry.service.record.Container;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done when the first process of a container has ended. */
final class Endings {
  private static final Logger LOG = LoggerFactory.getLogger(Endings.class);
  private static final int NOBODY_KNOWS = 255;
  /** How long what the processes beside the first wrote may take to be read. */
  private static final Duration OUTPUT = Duration.ofSeconds(2);
  private final Parts parts;
  private final Removal removal;
  private final Lives lives;
  private final OomEvents oom;

  Endings(Parts parts, Lives lives, Removal removal, OomEvents oom) {
    this.parts = parts;
    this.oom = oom;
    this.lives = lives;
    this.removal = removal;
  }

  /** Writes the end down, and only then lets the runtime forget it; its output is complete when that has answered. */
  void ended(Scope scope, TaskRow row, Exit exit) throws IOException {
    ended(scope, row, exit, Removal.KILL);
  }

  /** Its runtime does not have it any more, or something else in its place: nobody knows how it ended. */
  void lost(Scope scope, TaskRow row) throws IOException {
    ended(scope, row, new Exit(NOBODY_KNOWS, Instant.now()), Duration.ZERO);
  }

  private void ended(Scope scope, TaskRow row, Exit exit, Duration patience) throws IOException {
    if (row.given().isPresent()) {
      given(scope, row, exit);
      return;
    }
    TaskId id = TaskId.of(scope.namespace(), row.id());
    Optional<Container> c = Optional.empty();
    try (var turn = removal.turns().take(id)) {
      if (isOfNow(scope, row)) c = container(scope, row.id());
      if (c.isPresent()) {
        var runtime = new RuntimeDriver(parts.drivers(), scope, c.get().runtime());
        oom.tell(id, runtime);
        parts.table().change(scope, row.stopped(exit).write());
        lives.others(id, Removal.KILL, OUTPUT);
        Removal.deleteStopped(runtime, id, patience);
      }
    } catch (ConflictException e) {
      LOG.warn("{} has ended (exit code {}), and its runtime says that it runs: {}", id, exit.code(), e.getMessage());
    }
    tell(parts.events(), scope, id, row.pid(), exit);
    if (row.remove() && c.isPresent()) removal.remove(scope, c.get(), true);
  }

  /** Its end is written down, whether its record can be read or not. */
  private Optional<Container> container(Scope scope, String id) throws IOException {
    try {
      return parts.containers().find(scope, id);
    } catch (CorruptException e) {
      return Optional.of(removal.unread(scope, id, true));
    }
  }

  /** It stays with its runtime until its client deletes it, with what it wrote and nobody has read yet. */
  private void given(Scope scope, TaskRow row, Exit exit) throws IOException {
    TaskId id = row.taskId(scope);
    try (var turn = removal.turns().take(id)) {
      Optional<TaskRow> now = now(scope, row).filter(r -> r.exit().isEmpty());
      if (now.isEmpty()) return; // deleted, or another saw its end
      oom.tell(id, new RuntimeDriver(parts.drivers(), scope, row.given().orElseThrow().runtime()));
      parts.table().change(scope, now.get().stopped(exit).write());
      tell(parts.events(), scope, id, row.pid(), exit); // in the turn: whoever deletes it comes after
    }
  }

  private Optional<TaskRow> now(Scope scope, TaskRow row) throws IOException {
    try {
      return TaskRow.find(parts.table(), scope, row.id()).filter(r -> r.sameProcess(row));
    } catch (CorruptException e) {
      return Optional.of(row); // it is written anew
    }
  }

  /**
   * The event of the removal of a task. That of an exec is none: who counts tasks by their events, as clients of containerd, must not see
   * it.
   */
  static void tellDeleted(Events events, Scope scope, TaskId id, TaskRow row) {
    if (!id.exec().isEmpty()) return;
    var fields = new LinkedHashMap<String, Object>();
    fields.put("container_id", id.container());
    fields.put("pid", row.pid());
    fields.put("exit_status", row.exit().map(Exit::code).orElse(0));
    row.exit().ifPresent(e -> fields.put("exited_at", e.at().toString()));
    events.publish(scope, "/tasks/delete", fields);
  }

  /** The event of the end of a first process, whose {@code id} is the container's, or of another in it. */
  static void tell(Events events, Scope scope, TaskId id, int pid, Exit exit) {
    events.publish(scope, "/tasks/exit", Map.of("container_id", id.container(), "id", id.exec().isEmpty() ? id.container() : id.exec(),
        "pid", pid, "exit_status", exit.code(), "exited_at", exit.at().toString()));
  }

  /** Its container may have been removed since, and the id given to another. */
  private boolean isOfNow(Scope scope, TaskRow row) throws IOException {
    return now(scope, row).isPresent();
  }
}
