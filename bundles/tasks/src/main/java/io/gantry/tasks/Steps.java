package io.gantry.tasks;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.linux.ProcStat;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.service.record.Container;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.tasks.TaskRow.Given;
import io.gantry.tasks.TaskRow.Phase;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Processes whose client takes the steps of their life one by one. Each is written down before it is done; what is known of a process is
 * changed in its turn, and that of a container is taken before those of processes in it.
 */
final class Steps {
  /** How long what others wrote may take to be read when their task is deleted. */
  private static final Duration OUTPUT = Duration.ofSeconds(2);
  private final Parts parts;
  private final Lives lives;
  private final Makings makings;
  private final Removal removal;
  private final Endings endings;
  private final LogFiles logs;

  Steps(Parts parts, Lives lives, Makings makings, Removal removal, Endings endings, LogFiles logs) {
    this.parts = parts;
    this.lives = lives;
    this.makings = makings;
    this.removal = removal;
    this.endings = endings;
    this.logs = logs;
  }

  static TaskId id(Scope scope, ProcessRef ref) throws InvalidException {
    TaskId first = Launch.id(scope, ref.container());
    try {
      return first.withExec(ref.exec());
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
  }

  static ProcessRef ref(TaskId id) {
    return new ProcessRef(id.container(), id.exec());
  }

  /** @param own told of it before anything is made */
  long create(Scope scope, TaskRequest request, Consumer<TaskId> own) throws IOException {
    Container c = parts.containers().get(scope, request.container());
    TaskId id = Launch.id(scope, c.id());
    boolean logged = GivenStreams.hasLog(request.stdio());
    Stdio given = GivenStreams.withLog(request.stdio(), logs.uri(scope.namespace(), c.id()));
    Stdio stdio = GivenStreams.forRuntime(given);
    RuntimeDriver.require(scope, parts.drivers(), c.runtime());
    if (request.rootfs().isEmpty()) requireRoot(c);
    Optional<Typed> options = request.options().isPresent() ? request.options() : c.runtimeOptions();
    var task = new TaskSpec(id, c.spec(), request.rootfs(), stdio, options);
    return makings.run(id, scope.deadline(), making -> {
      try (var turn = removal.turns().take(id)) {
        making.requireWanted();
        if (TaskRow.find(parts.table(), scope, c.id()).isPresent()) throw new AlreadyExistsException("task " + c.id() + ": already exists");
        own.accept(id);
        return create(scope.lasting(), c, new Creating(task, given, logged, making));
      }
    });
  }

  /** Without mounts it is where the record says, and nothing is below the bundle. */
  private static void requireRoot(Container c) throws IOException {
    JsonObject spec = Json.object(c.spec().value(), "spec of container " + c.id());
    String root = spec.has("root") ? spec.object("root").findText("path").orElse("") : "";
    if (!root.startsWith("/")) {
      throw new InvalidException("create task " + c.id() + ": no mounts of a root file system are given, and the root of its spec is '"
          + root
          + "', expected an absolute path then");
    }
  }

  /** A task that is made. @param logged whether its output goes to the log of its container */
  private record Creating(TaskSpec task, Stdio stdio, boolean logged, Makings.Making making) {}

  private long create(Scope scope, Container c, Creating creating) throws IOException {
    TaskId id = creating.task().id();
    var runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    TaskRow row = TaskRow.creating(id, new Given(creating.stdio(), c.runtime()));
    var undo = new Undo();
    undo.push(() -> parts.table().change(scope, TaskRow.erase(row.id())));
    try (var room = parts.cgroups().making()) {
      parts.table().change(scope, row.write());
      if (creating.logged() && logs.keep(id.namespace(), c.id())) undo.push(() -> logs.remove(id.namespace(), c.id()));
      make(runtime, id, undo, () -> Launch.command(c, () -> {
        runtime.create(creating.task());
        return id;
      }));
      var first = Launch.First.of((int) runtime.state(id).pid());
      creating.making().keep();
      TaskRow created = row.created(first.pid(), ProcStat.bootId(), first.startTicks());
      parts.table().change(scope, created.write());
      var told = new TaskSpec(id, c.spec(), creating.task().rootfs(), creating.stdio(), Optional.empty());
      Launch.tellCreated(parts.events(), scope, told, runtime.bundle(id), first.pid());
      if (first.pid() == 0) lives.expect(id);
      else watch(scope, runtime, created, first.pid());
      return first.pid();
    } catch (IOException | RuntimeException e) {
      undo.all(e);
      throw e;
    }
  }

  /** A step of a driver, which may have been done also where it is not known. */
  private static void make(RuntimeDriver runtime, TaskId id, Undo undo, Undo.Step step) throws IOException {
    try {
      step.back();
      undo.push(() -> Removal.killAndDelete(runtime, id));
    } catch (UnavailableException unknown) {
      undo.push(() -> Removal.killAndDelete(runtime, id));
      throw unknown;
    }
  }

  void watch(Scope scope, RuntimeDriver runtime, TaskRow row, int pid) throws IOException {
    lives.add(row.taskId(scope), runtime, pid, exit -> endings.ended(scope, row, exit));
  }

  void add(Scope scope, ProcessRef ref, Typed process, Stdio given) throws IOException {
    TaskId id = id(scope, ref);
    if (ref.exec().isEmpty()) throw new InvalidException("add a process to task " + ref.container() + ": it needs an exec id");
    Stdio stdio = GivenStreams.forRuntime(given);
    Container c = parts.containers().get(scope, ref.container());
    makings.run(id, scope.deadline(), making -> {
      try (var turn = removal.turns().take(TaskId.of(id.namespace(), id.container())); var own = removal.turns().take(id)) {
        making.requireWanted();
        add(scope.lasting(), c, new Adding(id, process, stdio, given, making));
        return id;
      }
    });
  }

  /** A process that is added. */
  private record Adding(TaskId id, Typed process, Stdio stdio, Stdio given, Makings.Making making) {}

  private void add(Scope scope, Container c, Adding adding) throws IOException {
    TaskId id = adding.id();
    if (require(scope, TaskId.of(id.namespace(), id.container())).exit().isPresent()) {
      throw new ConflictException("add " + ref(id) + ": the task has ended");
    }
    TaskRow row = TaskRow.creating(id, new Given(adding.given(), c.runtime()));
    if (lives.find(id).isPresent() || TaskRow.find(parts.table(), scope, row.id()).isPresent()) {
      throw new AlreadyExistsException(ref(id) + ": already exists");
    }
    var runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    var undo = new Undo();
    undo.push(() -> parts.table().change(scope, TaskRow.erase(row.id())));
    try {
      parts.table().change(scope, row.write());
      make(runtime, id, undo, () -> Execs.command(runtime, id, () -> {
        runtime.exec(id, adding.process(), adding.stdio());
        return id;
      }));
      adding.making().keep();
      parts.table().change(scope, row.created(0, ProcStat.bootId(), 0).write());
      lives.expect(id);
      parts.events().publish(scope, "/tasks/exec-added", Map.of("container_id", id.container(), "exec_id", id.exec()));
    } catch (IOException | RuntimeException e) {
      undo.all(e);
      throw e;
    }
  }

  long start(Scope scope, ProcessRef ref) throws IOException {
    TaskId id = id(scope, ref);
    Container c = parts.containers().get(scope, ref.container());
    try {
      return makings.run(id, scope.deadline(), making -> {
        making.keep();
        try (var turn = removal.turns().take(id)) {
          return start(scope.lasting(), c, require(scope, id));
        }
      });
    } catch (AlreadyExistsException e) {
      throw new ConflictException("start " + ref + ": that is being done at this moment by another", e);
    }
  }

  private long start(Scope scope, Container c, TaskRow row) throws IOException {
    TaskId id = row.taskId(scope);
    if (row.phase() != Phase.CREATED && row.phase() != Phase.STARTING) {
      throw new ConflictException("start " + ref(id) + ": it was started before, and is " + row.phase().name().toLowerCase(Locale.ROOT));
    }
    var runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    parts.table().change(scope, row.in(Phase.STARTING).write());
    int pid;
    try {
      pid = (int) start(runtime, c, id);
    } catch (UnavailableException unknown) {
      if (!lives.watches(id)) watch(scope, runtime, row, 0); // whether it runs, and how it ends, its runtime knows
      throw unknown;
    } catch (IOException | RuntimeException e) {
      parts.table().change(scope, row.in(Phase.CREATED).write());
      throw e;
    }
    boolean known = row.pid() == pid;
    var process = known ? new Launch.First(pid, row.startTicks()) : Launch.First.of(pid);
    TaskRow running = row.running(pid, ProcStat.bootId(), process.startTicks());
    started(scope, running);
    if (!lives.watches(id)) watch(scope, runtime, running, alive(runtime, id));
    return pid;
  }

  /** Where it has ended, its pid may be another's by now. @return 0 where that is so, or cannot be told: its watcher asks then */
  private static int alive(RuntimeDriver runtime, TaskId id) {
    try {
      return (int) runtime.state(id).pid();
    } catch (IOException e) {
      return 0;
    }
  }

  private static long start(RuntimeDriver runtime, Container c, TaskId id) throws IOException {
    return id.exec().isEmpty() ? Launch.command(c, () -> runtime.start(id)) : Execs.command(runtime, id, () -> runtime.start(id));
  }

  /** Writes down that it runs, and tells it. */
  void started(Scope scope, TaskRow running) throws IOException {
    TaskId id = running.taskId(scope);
    running.write(parts.table(), scope);
    if (id.exec().isEmpty()) {
      parts.events().publish(scope, "/tasks/start", Map.of("container_id", id.container(), "pid", running.pid()));
    } else {
      parts.events().publish(scope, "/tasks/exec-started", Map.of("container_id", id.container(), "exec_id", id.exec(), "pid",
          running.pid()));
    }
  }

  /** @throws NotFoundException there is none of that id */
  TaskRow require(Scope scope, TaskId id) throws IOException {
    return TaskRow.find(parts.table(), scope, TaskRow.key(id)).filter(r -> r.phase() != Phase.CREATING)
        .orElseThrow(() -> new NotFoundException(ref(id) + ": not found"));
  }

  TaskProcess delete(Scope scope, ProcessRef ref) throws IOException {
    TaskId id = id(scope, ref);
    Container c = parts.containers().get(scope, ref.container());
    var runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    while (true) {
      Optional<Live> ending;
      try (var turn = removal.turns().take(id, scope.deadline())) {
        TaskRow row = require(scope, id);
        boolean ended = row.exit().isPresent();
        ending = ended ? lives.find(id) : Optional.empty(); // it was written down a moment ago, and who waits is told next
        if (ended && ending.isEmpty() || isUnstarted(runtime, row, id)) return delete(scope, row, runtime);
        if (!ended) ending = end(scope, runtime, row);
      }
      if (ending.isPresent()) ending.get().await(ref.toString(), soon(scope)); // without the turn, which writes down its end
    }
  }

  private static boolean isUnstarted(RuntimeDriver runtime, TaskRow row, TaskId id) throws IOException {
    if (id.exec().isEmpty() || row.phase() != Phase.CREATED || row.exit().isPresent()) return false;
    try {
      return runtime.state(id).status() != Status.RUNNING;
    } catch (NotFoundException gone) {
      return true; // with its container
    }
  }

  private static Instant soon(Scope scope) {
    Instant limit = Instant.now().plus(Removal.KILL);
    return limit.isBefore(scope.deadline()) ? limit : scope.deadline();
  }

  /** Brings one to an end that was never started. @return who learns of its end; empty where that is written down now */
  private Optional<Live> end(Scope scope, RuntimeDriver runtime, TaskRow row) throws IOException {
    TaskId id = row.taskId(scope);
    TaskState state;
    try {
      state = runtime.state(id);
    } catch (NotFoundException gone) {
      endings.lost(scope, row);
      return Optional.empty();
    }
    if (state.status() == Status.RUNNING || state.status() == Status.PAUSED) {
      throw new ConflictException("delete " + ref(id) + ": it is " + state.status().name().toLowerCase(Locale.ROOT) + "; kill it first");
    }
    if (state.status() == Status.CREATED && row.pid() != 0) runtime.signal(id, 9, id.exec().isEmpty());
    Optional<Live> live = row.pid() == 0 ? Optional.empty() : lives.find(id);
    if (live.isEmpty()) endings.ended(scope, row, state.exit().orElse(new Exit(128 + 9, Instant.now())));
    return live;
  }

  private TaskProcess delete(Scope scope, TaskRow row, RuntimeDriver runtime) throws IOException {
    TaskId id = row.taskId(scope);
    if (id.exec().isEmpty()) lives.others(id, Removal.KILL, OUTPUT);
    if (runtime.known()) Removal.deleteStopped(runtime, id, Duration.ZERO);
    if (id.exec().isEmpty()) removal.eraseExecs(scope, id);
    parts.table().change(scope, TaskRow.erase(row.id()));
    Endings.tellDeleted(parts.events(), scope, id, row);
    lives.dismiss(id);
    return new TaskProcess(ref(id), Status.STOPPED, row.pid(), row.exit(), row.given().map(Given::stdio).orElse(Stdio.NONE));
  }
}
