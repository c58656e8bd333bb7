package io.gantry.tasks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.oci.json.Stored;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is written down of a task, so that a manager which starts later knows what to look for.
 *
 * @param id of the container; of a further process as {@link #key} has it
 * @param phase how far it came; written before each step, so that a half-made one is found
 * @param remove whether all of it goes when it ends
 * @param pid of the process, with boot id and start time: a number alone may come to mean another process
 * @param killed how many processes that were killed for want of memory were told
 * @param given where its client takes the steps; such a process stays with its runtime until it is deleted
 */
record TaskRow(String id, Phase phase, boolean remove, int pid, String bootId, long startTicks, Optional<Instant> started,
    Optional<Exit> exit, long killed, Optional<Given> given) {
  /** Steps of a task's life. One that is run at a stroke is never CREATED or STARTING. */
  enum Phase { CREATING, CREATED, STARTING, RUNNING, STOPPED, DELETING }

  /**
   * What a client takes through its life step by step.
   *
   * @param stdio its streams, as they were given
   * @param runtime name of its runtime driver, also where the record is gone
   */
  record Given(Stdio stdio, String runtime) {}

  static final String TABLE = "task";
  /** Of further processes that a client added; its ids are of {@link #key}. */
  static final String EXECS = "exec";
  private static final int PAGE = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  static TaskRow creating(String id, boolean remove) {
    return new TaskRow(id, Phase.CREATING, remove, 0, "", 0, Optional.empty(), Optional.empty(), 0, Optional.empty());
  }

  static TaskRow creating(TaskId id, Given given) {
    return new TaskRow(key(id), Phase.CREATING, false, 0, "", 0, Optional.empty(), Optional.empty(), 0, Optional.of(given));
  }

  /** An id in the table; no part of it has the slash. */
  static String key(TaskId id) {
    return id.exec().isEmpty() ? id.container() : id.container() + "/" + id.exec();
  }

  TaskId taskId(Scope scope) {
    return taskId(scope, id);
  }

  static TaskId taskId(Scope scope, String id) {
    int slash = id.indexOf('/');
    if (slash < 0) return TaskId.of(scope.namespace(), id);
    return new TaskId(scope.namespace(), id.substring(0, slash), id.substring(slash + 1));
  }

  private static String table(String id) {
    return id.indexOf('/') < 0 ? TABLE : EXECS;
  }

  TaskRow created(int newPid, String boot, long ticks) {
    return new TaskRow(id, Phase.CREATED, remove, newPid, boot, ticks, Optional.empty(), Optional.empty(), killed, given);
  }

  TaskRow in(Phase other) {
    return new TaskRow(id, other, remove, pid, bootId, startTicks, started, exit, killed, given);
  }

  TaskRow running(int newPid, String boot, long ticks) {
    return new TaskRow(id, Phase.RUNNING, remove, newPid, boot, ticks, Optional.of(Instant.now()), Optional.empty(), killed, given);
  }

  TaskRow stopped(Exit how) {
    return new TaskRow(id, Phase.STOPPED, remove, pid, bootId, startTicks, started, Optional.of(how), killed, given);
  }

  TaskRow withKilled(long told) {
    return new TaskRow(id, phase, remove, pid, bootId, startTicks, started, exit, told, given);
  }

  TaskRow deleting() {
    return in(Phase.DELETING);
  }

  /**
   * Whether both are of one process, and not of two that had the id of the container one after the other. One that is given has its pid
   * before it is started.
   */
  boolean sameProcess(TaskRow other) {
    if (given.isPresent() && other.pid == 0) return true; // as it was before it had one
    return pid == other.pid && bootId.equals(other.bootId) && startTicks == other.startTicks
        && (given.isPresent() || started.equals(other.started));
  }

  /** @return empty where the container never had a process */
  static Optional<TaskRow> find(Table table, Scope scope, String id) throws IOException {
    Optional<Row> row = table.get(scope, table(id), id);
    return row.isEmpty() ? Optional.empty() : Optional.of(decode(scope, row.get()));
  }

  /** @throws CorruptException it is not all that every version has written */
  static TaskRow decode(Scope scope, Row row) throws CorruptException {
    boolean added = table(row.id()).equals(EXECS);
    TaskId id = taskId(scope, row.id());
    Stored o = Stored.parse("the record of " + (added ? "process '" + id.exec() + "' of " : "") + "task '" + id.container()
        + "' in namespace " + scope.namespace() + " is damaged, so it is not known whether it runs; ctr:delete --force ends and removes the"
        + " container", row.json());
    Optional<Exit> exit = o.has("exitCode") || o.has("exitedAt")
        ? Optional.of(new Exit((int) o.number("exitCode"), o.value("exitedAt", Instant::parse))) : Optional.empty();
    Optional<Given> given = added || o.has("given") ? Optional.of(given(o.object("given"))) : Optional.empty();
    return new TaskRow(row.id(), o.value("phase", Phase::valueOf), o.flag("remove"), pid(o), o.text("bootId"), o.number("startTicks"),
        o.findValue("started", Instant::parse), exit, o.has("killed") ? o.number("killed") : 0, given);
  }

  private static int pid(Stored o) throws CorruptException {
    long pid = o.number("pid");
    if (pid > Integer.MAX_VALUE) throw o.damaged("a number of a process as 'pid'", Long.toString(pid));
    return (int) pid;
  }

  private static Given given(Stored o) throws CorruptException {
    return new Given(new Stdio(o.text("stdin"), o.text("stdout"), o.text("stderr"), o.flag("terminal")), o.text("runtime"));
  }

  /** Those of a container that a client added. */
  static List<Row> execs(Table table, Scope scope, String container) throws IOException {
    var all = new ArrayList<Row>();
    String prefix = container + "/";
    for (String after = prefix; ; after = all.getLast().id()) {
      List<Row> page = table.list(scope, EXECS, after, PAGE);
      for (Row r : page) {
        if (!r.id().startsWith(prefix)) return all;
        all.add(r);
      }
      if (page.size() < PAGE) return all;
    }
  }

  List<Change> write() throws IOException {
    return write(Table.PRESENT);
  }

  /** @param revision what the row must have now; any by {@link Table#PRESENT}, where it may be absent, too */
  List<Change> write(long revision) throws IOException {
    ObjectNode o = JSON.createObjectNode().put("phase", phase.name()).put("remove", remove).put("pid", pid).put("bootId", bootId);
    o.put("startTicks", startTicks);
    started.ifPresent(s -> o.put("started", s.toString()));
    exit.ifPresent(e -> o.put("exitCode", Integer.toUnsignedLong(e.code())).put("exitedAt", e.at().toString()));
    if (killed > 0) o.put("killed", killed);
    given.ifPresent(g -> o.putObject("given").put("runtime", g.runtime()).put("stdin", g.stdio().stdin())
        .put("stdout", g.stdio().stdout()).put("stderr", g.stdio().stderr()).put("terminal", g.stdio().terminal()));
    return List.of(new Change(table(id), id, revision, Optional.of(JSON.writeValueAsBytes(o))));
  }

  /** Writes it over the one that is there; what was told of kills meanwhile stays told. */
  void write(Table table, Scope scope) throws IOException {
    while (true) {
      Optional<Row> there = table.get(scope, table(id), id);
      try {
        long told = there.isPresent() ? decode(scope, there.get()).killed : 0;
        long revision = there.map(Row::revision).orElse(Table.PRESENT);
        table.change(scope, withKilled(Math.max(killed, told)).write(revision));
        return;
      } catch (ConflictException changed) {
        continue; // by what was told of a kill: all else is in the turn of its container
      }
    }
  }

  static List<Change> erase(String id) {
    return List.of(new Change(table(id), id, -1, Optional.empty()));
  }
}
