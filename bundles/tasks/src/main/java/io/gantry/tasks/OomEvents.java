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
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what the kernel killed for want of memory, each kill once, over restarts too: how many were told stands in the task's row. It is
 * written under the row's revision and without its turn, so that it may be called from anywhere.
 */
final class OomEvents {
  private static final Logger LOG = LoggerFactory.getLogger(OomEvents.class);
  /** At once; a container that has its processes killed all the time shall not push out the events of others. */
  private static final int MOST = 20;
  private final Table table;
  private final Events events;

  OomEvents(Table table, Events events) {
    this.table = table;
    this.events = events;
  }

  /** Looks after the container of a process, from time to time and before an end is told. What is not known now is told later. */
  void tell(TaskId process, RuntimeDriver runtime) {
    TaskId id = TaskId.of(process.namespace(), process.container());
    try {
      long killed = runtime.killed(id);
      if (killed > 0) tell(Scope.root().withNamespace(id.namespace()), id.container(), killed);
    } catch (NotFoundException gone) {
      return;
    } catch (GantryException away) {
      LOG.debug("what was killed in {} is not known now: {}", id, away.getMessage());
    } catch (IOException broken) {
      LOG.warn("it cannot be told what was killed in {} for want of memory", id, broken);
    }
  }

  private void tell(Scope scope, String container, long killed) throws IOException {
    while (true) {
      Optional<Row> row = table.get(scope, TaskRow.TABLE, container);
      if (row.isEmpty()) return;
      TaskRow task = TaskRow.decode(row.get());
      if (task.exit().isPresent() || task.killed() >= killed) return; // its end was written down after all was told
      try {
        table.change(scope, task.withKilled(killed).write(row.get().revision()));
      } catch (ConflictException changed) {
        continue; // by its next step
      }
      for (long i = Math.min(MOST, killed - task.killed()); i > 0; i--) {
        events.publish(scope, "/tasks/oom", Map.of("container_id", container));
      }
      return;
    }
  }
}
