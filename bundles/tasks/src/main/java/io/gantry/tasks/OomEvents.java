package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.event.Events;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what the kernel killed for want of memory, each kill once, over restarts too: how many were told stands in the task's row. It is
 * written under the row's revision and without its turn, so that it may be called from anywhere.
 */
final class OomEvents {
  private static final Logger LOG = LoggerFactory.getLogger(OomEvents.class);
  /** Of a container in a window: one that has its processes killed all the time shall not push out the events of others. */
  private static final int MOST = 20;

  private static final long WINDOW_NANOS = Duration.ofSeconds(3).toNanos();
  private final Table table;
  private final Events events;
  private final LongSupplier nanos;
  /** So that no end is told before what is being told of a kill. */
  private final Turns turns = new Turns();
  private final Map<TaskId, Recent> recent = new ConcurrentHashMap<>();

  /** What was told in a window. */
  private record Recent(long since, long told) {
    boolean isOver(long now) {
      return now - since > WINDOW_NANOS;
    }
  }

  OomEvents(Table table, Events events) {
    this(table, events, System::nanoTime);
  }

  /** @param nanos a clock that begins anywhere */
  OomEvents(Table table, Events events, LongSupplier nanos) {
    this.table = table;
    this.events = events;
    this.nanos = nanos;
  }

  /**
   * Looks after the container of a process, from time to time, when its memory is out, and before an end is told. What is not known now is
   * told later.
   */
  void tell(TaskId process, RuntimeDriver runtime) {
    TaskId id = TaskId.of(process.namespace(), process.container());
    try (var turn = turns.take(id)) {
      long killed = runtime.killed(id);
      if (killed > 0) tell(Scope.root().withNamespace(id.namespace()), id, killed);
    } catch (NotFoundException gone) {
      return;
    } catch (GantryException away) {
      LOG.debug("what was killed in {} is not known now: {}", id, away.getMessage());
    } catch (IOException broken) {
      LOG.warn("it cannot be told what was killed in {} for want of memory", id, broken);
    }
  }

  /** How many more of it are told now; in its turn. */
  private long grant(TaskId id, long wanted) {
    long now = nanos.getAsLong();
    recent.values().removeIf(r -> r.isOver(now));
    Recent r = recent.getOrDefault(id, new Recent(now, 0));
    long granted = Math.min(MOST - r.told(), wanted);
    recent.put(id, new Recent(r.since(), r.told() + granted));
    return granted;
  }

  private void tell(Scope scope, TaskId id, long killed) throws IOException {
    while (true) {
      Optional<Row> row = table.get(scope, TaskRow.TABLE, id.container());
      if (row.isEmpty()) return;
      TaskRow task = TaskRow.decode(scope, row.get());
      if (task.exit().isPresent() || task.killed() >= killed) return; // its end was written down after all was told
      try {
        table.change(scope, task.withKilled(killed).write(row.get().revision()));
      } catch (ConflictException changed) {
        continue; // by its next step
      }
      for (long i = grant(id, killed - task.killed()); i > 0; i--) {
        events.publish(scope, "/tasks/oom", Map.of("container_id", id.container()));
      }
      return;
    }
  }
}
