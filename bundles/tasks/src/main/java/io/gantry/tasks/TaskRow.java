package io.gantry.tasks;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is written down of a task, so that a manager which starts later knows what to look for.
 *
 * @param id of the container
 * @param phase how far it came; written before each step, so that a half-made one is found
 * @param remove whether all of it goes when it ends
 * @param pid of the first process, with boot id and start time: a number alone may come to mean another process
 */
record TaskRow(String id, Phase phase, boolean remove, int pid, String bootId, long startTicks, Optional<Instant> started,
    Optional<Exit> exit) {
  /** Steps of a task's life. */
  enum Phase { CREATING, RUNNING, STOPPED, DELETING }

  static final String TABLE = "task";
  private static final ObjectMapper JSON = new ObjectMapper();

  static TaskRow creating(String id, boolean remove) {
    return new TaskRow(id, Phase.CREATING, remove, 0, "", 0, Optional.empty(), Optional.empty());
  }

  TaskRow running(int newPid, String boot, long ticks) {
    return new TaskRow(id, Phase.RUNNING, remove, newPid, boot, ticks, Optional.of(Instant.now()), Optional.empty());
  }

  TaskRow stopped(Exit how) {
    return new TaskRow(id, Phase.STOPPED, remove, pid, bootId, startTicks, started, Optional.of(how));
  }

  TaskRow deleting() {
    return new TaskRow(id, Phase.DELETING, remove, pid, bootId, startTicks, started, exit);
  }

  /** Whether both are of one process, and not of two that had the id of the container one after the other. */
  boolean sameProcess(TaskRow other) {
    return pid == other.pid && bootId.equals(other.bootId) && startTicks == other.startTicks && started.equals(other.started);
  }

  /** @return empty where the container never had a process */
  static Optional<TaskRow> find(Table table, Scope scope, String id) throws IOException {
    Optional<Row> row = table.get(scope, TABLE, id);
    return row.isEmpty() ? Optional.empty() : Optional.of(decode(row.get()));
  }

  /** @throws CorruptException it is not a row of ours */
  static TaskRow decode(Row row) throws IOException {
    try {
      return read(row);
    } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
      var corrupt = new CorruptException("row '" + row.id() + "' of table " + TABLE + " cannot be read, so it is not known whether the"
          + " container runs; ctr:delete --force ends and removes it", "what a manager writes down of a task", e.toString());
      corrupt.addSuppressed(e); // it takes no cause
      throw corrupt;
    }
  }

  private static TaskRow read(Row row) throws IOException {
    JsonNode o = JSON.readTree(row.json());
    Optional<Instant> started = o.has("started") ? Optional.of(Instant.parse(o.get("started").asText())) : Optional.empty();
    Optional<Exit> exit = o.has("exitCode") ? Optional.of(new Exit(o.get("exitCode").asInt(), Instant.parse(o.path("exitedAt").asText())))
        : Optional.empty();
    return new TaskRow(row.id(), Phase.valueOf(o.path("phase").asText()), o.path("remove").asBoolean(), o.path("pid").asInt(),
        o.path("bootId").asText(), o.path("startTicks").asLong(), started, exit);
  }

  List<Change> write() throws IOException {
    ObjectNode o = JSON.createObjectNode().put("phase", phase.name()).put("remove", remove).put("pid", pid).put("bootId", bootId);
    o.put("startTicks", startTicks);
    started.ifPresent(s -> o.put("started", s.toString()));
    exit.ifPresent(e -> o.put("exitCode", e.code()).put("exitedAt", e.at().toString()));
    return List.of(new Change(TABLE, id, -1, Optional.of(JSON.writeValueAsBytes(o))));
  }

  static List<Change> erase(String id) {
    return List.of(new Change(TABLE, id, -1, Optional.empty()));
  }
}
