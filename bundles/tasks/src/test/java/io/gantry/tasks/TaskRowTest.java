package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.tasks.TaskRow.Given;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is written down of a task, read again. */
class TaskRowTest {
  private static final Scope SCOPE = Scope.root();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Given GIVEN = new Given(new Stdio("fifo:///in", "fifo:///out", "", true), "a-runtime");
  /** Of a task that was run at a stroke, of one whose client takes the steps, and of a process in it. */
  private static final TaskRow RUN = TaskRow.creating("c", true).running(7, "boot", 9).withKilled(3).stopped(new Exit(137, Instant.EPOCH));

  private static final TaskRow STEPS = TaskRow.creating(TaskId.of("default", "c"), GIVEN).created(7, "boot", 9);
  private static final TaskRow ADDED = TaskRow.creating(TaskId.of("default", "c").withExec("e"), GIVEN);
  /** What only some rows have, each alone. */
  private static final Set<String> OPTIONAL = Set.of("started", "killed", "given");

  private static byte[] bytes(TaskRow row) throws IOException {
    return row.write().getFirst().json().orElseThrow();
  }

  private static TaskRow read(TaskRow row, byte[] json) throws IOException {
    return TaskRow.decode(SCOPE, new Row(row.id(), 1, json));
  }

  private static void refused(TaskRow row, byte[] json) {
    String said = assertThrows(CorruptException.class, () -> read(row, json), () -> new String(json)).getMessage();
    String what = row == ADDED ? "process 'e' of task 'c'" : "task 'c'";
    assertTrue(said.startsWith("the record of " + what + " in namespace default is damaged, so it is not known whether it runs; ctr:delete"
        + " --force ends and removes the container: expected "), said);
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    var unusual = RUN.stopped(new Exit(-1, Instant.EPOCH));
    for (TaskRow row : List.of(RUN, STEPS, ADDED, unusual, TaskRow.creating("c", false))) assertEquals(row, read(row, bytes(row)));
    var newer = (ObjectNode) JSON.readTree(bytes(RUN));
    newer.putObject("newer").put("a", 1);
    assertEquals(RUN, read(RUN, JSON.writeValueAsBytes(newer)));
  }

  /** Wherever it was cut, and whichever field is not there or another thing. */
  @Test
  void noPartOfARowIsARow() throws Exception {
    for (TaskRow row : List.of(RUN, STEPS, ADDED)) {
      byte[] good = bytes(row);
      for (int i = 0; i < good.length; i++) refused(row, Arrays.copyOf(good, i));
      var all = (ObjectNode) JSON.readTree(good);
      fields(row, all, all);
      if (all.has("given")) fields(row, all, (ObjectNode) all.get("given"));
    }
    byte[] nobody = new String(bytes(ADDED)).replaceFirst(",\"given\".*", "}").getBytes();
    refused(ADDED, nobody);
    assertEquals(TaskRow.creating("c", false), read(STEPS, nobody));
    refused(STEPS, new String(nobody).replace("\"pid\":0", "\"pid\":4294967297").getBytes());
    refused(STEPS, new String(nobody).replace("CREATING", "NEVER").getBytes());
  }

  private static void fields(TaskRow row, ObjectNode all, ObjectNode of) throws IOException {
    for (var p : List.copyOf(of.properties())) {
      JsonNode good = p.getValue();
      of.remove(p.getKey());
      if (of != all || !OPTIONAL.contains(p.getKey())) refused(row, JSON.writeValueAsBytes(all));
      of.putNull(p.getKey());
      refused(row, JSON.writeValueAsBytes(all));
      of.put(p.getKey(), 1.5);
      refused(row, JSON.writeValueAsBytes(all));
      of.set(p.getKey(), good);
    }
  }
}
