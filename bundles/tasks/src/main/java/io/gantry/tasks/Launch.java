package io.gantry.tasks;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.linux.ProcStat;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.event.Events;
import io.gantry.service.record.Container;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.RunRequest;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The way of a run, in one direction; what fails takes all before it back. */
final class Launch {
  private static final int NOT_FOUND = 127;
  private static final int NOT_EXECUTABLE = 126;
  private final Parts parts;
  /** For what may be left at any moment. */
  private final Scope scope;
  /** For all that has to be taken back where it fails, and for what comes after the run. */
  private final Scope after;
  private final RunRequest request;
  private final String runtimeName;
  private final String snapshotter;
  private final RuntimeDriver runtime;
  private final TaskId id;
  private final Undo undo = new Undo();
  private Plan plan;

  Launch(Parts parts, Scope scope, RunRequest request, DefaultDriver runtimes, DefaultDriver snapshotters) throws IOException {
    this.parts = parts;
    this.scope = scope;
    this.after = scope.lasting();
    this.request = request;
    this.runtimeName = runtimes.of(scope, request.runtime());
    this.snapshotter = snapshotters.of(scope, request.snapshotter());
    this.runtime = new RuntimeDriver(parts.drivers(), after, runtimeName);
    this.id = id(scope, request.id());
  }

  static TaskId id(Scope scope, String container) throws InvalidException {
    try {
      return TaskId.of(scope.namespace(), container);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
  }

  TaskId id() {
    return id;
  }

  /** For calls after the run. */
  RuntimeDriver runtime() {
    return runtime;
  }

  /** For what is done when the process ends. */
  Scope after() {
    return after;
  }

  /** Something that failed after this is to be undone too. */
  void onFailure(Undo.Step step) {
    undo.push(step);
  }

  void failed(Throwable why) {
    undo.all(why);
    parts.cgroups().removeEmpty(scope.namespace());
  }

  /** All that leaves nothing behind but unpacked layers, which may take its time. */
  void plan() throws IOException {
    if (parts.containers().find(scope, request.id()).isPresent()) throw exists(null);
    MountSources.require(request.id(), request.mounts());
    RuntimeDriver.require(scope, parts.drivers(), runtimeName);
    RuntimeDriver.require(scope, parts.drivers(), driver(Snapshotter.KIND, snapshotter));
    plan = new Plan(parts, request, snapshotter).image(scope);
  }

  /** All up to the record: nothing runs yet. */
  Made make() throws IOException {
    if (parts.containers().find(after, request.id()).isPresent()) throw exists(null); // since it was planned
    if (parts.snapshots().find(after, snapshotter, request.id()).isPresent()) throw exists(null); // another's is never taken back
    try {
      undo.step(() -> parts.snapshots().prepare(after, snapshotter, request.id(), Optional.of(plan.top().toString()), Map.of()),
          () -> parts.snapshots().remove(after, snapshotter, request.id()));
    } catch (AlreadyExistsException e) {
      throw exists(e);
    }
    List<Mount> rootfs = parts.snapshots().mounts(after, snapshotter, request.id());
    Typed spec = plan.spec(after, rootfs);
    var container = new Container(request.id(), plan.imageName(), runtimeName, Optional.empty(), spec, snapshotter, request.id(), Map.of(),
        plan.labels(), Instant.EPOCH, Instant.EPOCH, 0);
    try {
      return new Made(undo.step(() -> parts.containers().create(after, container), () -> parts.containers().remove(after, request.id())),
          rootfs);
    } catch (AlreadyExistsException e) {
      throw exists(e);
    }
  }

  /** A container that has its record and its tree. */
  record Made(Container container, List<Mount> rootfs) {}

  /**
   * Creates and starts the process; its row, with which a later manager finds it.
   *
   * @param lives where it is to be added next; who hears that it runs can wait for it there already
   */
  TaskRow start(Made made, Stdio stdio, Lives lives) throws IOException {
    TaskRow row = TaskRow.creating(request.id(), request.remove());
    undo.step(() -> parts.table().change(after, row.write()), () -> parts.table().change(after, TaskRow.erase(request.id())));
    First first;
    int pid;
    try (var making = parts.cgroups().making()) {
      create(made, stdio);
      first = First.of((int) runtime.state(id).pid()); // once it is started, it may have ended before anybody looks
      var told = new TaskSpec(id, made.container().spec(), made.rootfs(), stdio, Optional.empty());
      tellCreated(parts.events(), after, told, runtime.bundle(id), first.pid());
      pid = command(made.container(), () -> runtime.start(id)).intValue();
    }
    if (first.pid() != pid) first = First.of(pid); // a runtime whose processes are made by start
    TaskRow running = row.running(pid, ProcStat.bootId(), first.startTicks());
    lives.expect(id);
    undo.push(() -> lives.dismiss(id));
    parts.table().change(after, running.write());
    parts.events().publish(after, "/tasks/start", Map.of("container_id", request.id(), "pid", pid));
    return running;
  }

  /** The event of a first process that was made. @param bundle where its runtime keeps it; may be empty */
  static void tellCreated(Events events, Scope scope, TaskSpec task, String bundle, int pid) {
    List<Map<String, Object>> rootfs = task.rootfs().stream().map(m -> Map.<String, Object>of("type", m.type(), "source", m.source(),
        "target", m.target(), "options", m.options())).toList();
    Stdio io = task.stdio();
    events.publish(scope, "/tasks/create", Map.of("container_id", task.id().container(), "bundle", bundle, "rootfs", rootfs, "io",
        Map.of("stdin", io.stdin(), "stdout", io.stdout(), "stderr", io.stderr(), "terminal", io.terminal()), "checkpoint", "", "pid",
        pid));
  }

  private void create(Made made, Stdio stdio) throws IOException {
    try {
      command(made.container(), () -> {
        runtime.create(new TaskSpec(id, made.container().spec(), made.rootfs(), stdio, made.container().runtimeOptions()));
        return id;
      });
      undo.push(() -> Removal.killAndDelete(runtime, id));
    } catch (UnavailableException unknown) {
      undo.push(() -> Removal.killAndDelete(runtime, id)); // the driver may have made it, or do so yet
      throw unknown;
    }
  }

  /** The first process; both 0 where there is none. */
  record First(int pid, long startTicks) {
    static First of(int pid) throws IOException {
      return new First(pid, pid == 0 ? 0 : ProcStat.of(pid).map(ProcStat::startTicks).orElse(0L));
    }
  }

  /** A call that may say that the command is at fault. */
  @FunctionalInterface
  interface Call<R> {
    R to() throws IOException;
  }

  static <R> R command(Container container, Call<R> call) throws IOException {
    try {
      return call.to();
    } catch (NotFoundException e) {
      MountSources.require(container); // one may have gone since it was looked for
      throw new CommandException(NOT_FOUND, e.getMessage(), e);
    } catch (DeniedException e) {
      throw new CommandException(NOT_EXECUTABLE, e.getMessage(), e);
    }
  }

  static DriverRef driver(String kind, String name) throws InvalidException {
    try {
      return new DriverRef(kind, name);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
  }

  private AlreadyExistsException exists(Throwable cause) {
    return new AlreadyExistsException("container '" + request.id() + "' is there already in namespace " + scope.namespace()
        + "; give another --id, or remove it by ctr:delete", cause);
  }
}
