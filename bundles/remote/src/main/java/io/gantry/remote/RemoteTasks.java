package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.spec.Accounts;
import io.gantry.oci.spec.ExecSpec;
import io.gantry.oci.spec.User;
import io.gantry.oci.task.Restart;
import io.gantry.service.record.Container;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ExecRequest;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Containers of the other manager, made step by step as its clients have it: a snapshot, a record, a task. Streams are named pipes, so that
 * a caller is attached only where it is on that manager's host.
 */
final class RemoteTasks implements Tasks {
  private static final int SIGKILL = 9;
  private final RemoteParts parts;
  private final RemoteTaskProcesses processes;

  RemoteTasks(RemoteParts parts) {
    this.parts = parts;
    this.processes = parts.processes();
  }

  /** What it writes goes to its log, where the other manager is a Gantry; with containerd it goes nowhere. */
  @Override
  public TaskInfo run(Scope scope, RunRequest request) throws IOException {
    if (request.remove()) {
      throw new UnsupportedException("container '" + request.id() + "' cannot be removed at its end when nobody of here waits for it; leave"
          + " --rm or --detach away, or ask the manager itself");
    }
    return RemoteLaunch.run(parts, scope, request, launch -> {
      unattended(launch, request);
      return get(scope.lasting(), request.id());
    });
  }

  private static void unattended(RemoteLaunch launch, RunRequest request) throws IOException {
    try {
      launch.start(TaskProcesses.logged(request.terminal()));
    } catch (IOException e) {
      if (!Words.NO_CONSOLE.in(e)) throw e;
      throw new UnsupportedException("container '" + request.id()
          + "' cannot have a terminal that nobody is attached to: this manager copies"
          + " it to pipes alone; leave --tty or --detach away", e);
    }
  }

  @Override
  public TaskInfo create(Scope scope, RunRequest request) throws IOException {
    return RemoteLaunch.run(parts, scope, request, launch -> get(scope.lasting(), request.id()));
  }

  @Override
  public TaskInfo start(Scope scope, String id) throws IOException {
    new Restart(parts.containers(), parts.snapshots(), processes).start(scope, id);
    return get(scope.lasting(), id);
  }

  @Override
  public Attached runAttached(Scope scope, RunRequest request) throws IOException {
    requireHere(request.id());
    Scope after = scope.lasting();
    ProcessRef ref = ProcessRef.first(request.id());
    Pipes pipes = Pipes.make(parts.folder(), request.terminal(), request.stdin());
    try {
      return RemoteLaunch.run(parts, scope, request, launch -> {
        launch.start(pipes.stdio());
        pipes.opened();
        var process = new RemoteProcess(processes, after, ref, request.terminal());
        process.started(() -> {
          if (request.remove()) delete(after, request.id(), false);
        }, pipes::ended);
        return new RemoteAttached(process, pipes);
      });
    } catch (IOException | RuntimeException e) {
      pipes.close();
      throw e;
    }
  }

  private void requireHere(String container) throws UnsupportedException {
    if (parts.local()) return;
    throw new UnsupportedException("the streams of container '" + container + "' are named pipes on the manager's host, which an address of"
        + " the network does not reach; give its unix:// address there, or run it with --detach");
  }

  /** What goes to a file a Gantry shows by its log. */
  @Override
  public Attached attach(Scope scope, String id) throws IOException {
    parts.containers().get(scope, id);
    ProcessRef first = ProcessRef.first(id);
    Optional<TaskProcess> task = processes.find(scope, first);
    if (task.isEmpty() || task.get().status() == Status.STOPPED) {
      throw new ConflictException("container '" + id + "' does not run (any more)");
    }
    Stdio stdio = task.get().stdio();
    if (RemoteLateAttached.hasPipes(stdio)) requireHere(id);
    return RemoteLateAttached.join(new RemoteProcess(processes, scope.lasting(), first, stdio.terminal()), stdio, () -> processes.log(scope,
        id, true, RemoteLog.END));
  }

  @Override
  public Attached exec(Scope scope, ExecRequest request) throws IOException {
    requireHere(request.container());
    Container c = parts.containers().get(scope, request.container());
    requireRunning(scope, c.id());
    String execId = request.execId().isEmpty() ? "e" + UUID.randomUUID().toString().substring(0, 8) : request.execId();
    Typed spec = process(scope, c, request);
    Scope after = scope.lasting();
    var ref = new ProcessRef(c.id(), execId);
    Pipes pipes = Pipes.make(parts.folder(), request.terminal(), request.stdin());
    try {
      RemoteExec.start(processes, after, ref, spec, pipes);
      var process = new RemoteProcess(processes, after, ref, request.terminal());
      process.started(() -> forget(after, ref), pipes::ended);
      return new RemoteAttached(process, pipes);
    } catch (IOException | RuntimeException e) {
      pipes.close();
      throw e;
    }
  }

  /** All that it wrote has reached its pipes when this has answered. */
  private void forget(Scope scope, ProcessRef ref) throws IOException {
    try {
      processes.delete(scope, ref);
    } catch (NotFoundException e) {
      return; // with its container
    }
  }

  private Typed process(Scope scope, Container c, ExecRequest request) throws IOException {
    ExecSpec spec = ExecSpec.of(request, c.spec());
    return spec.document(request.user().isEmpty() ? spec.user() : user(scope, request.user(), c.image()));
  }

  private User user(Scope scope, String who, String image) throws IOException {
    if (!Accounts.needed(who)) return Accounts.numeric(who);
    var target = parts.images().resolve(scope, image).target();
    return ImageAccounts.of(scope, parts.contents(), parts.documents().resolve(scope, target, Optional.empty()).layers()).find(who);
  }

  @Override
  public TaskInfo get(Scope scope, String id) throws IOException {
    return info(scope, parts.containers().get(scope, id), processes.find(scope, ProcessRef.first(id)));
  }

  @Override
  public List<TaskInfo> list(Scope scope, String after, int max) throws IOException {
    List<Container> page = parts.containers().list(scope, after, max);
    if (page.isEmpty()) return List.of();
    Map<String, TaskProcess> tasks = new HashMap<>();
    for (TaskProcess p : processes.all(scope)) tasks.put(p.ref().container(), p);
    var all = new ArrayList<TaskInfo>();
    for (Container c : page) all.add(info(scope, c, Optional.ofNullable(tasks.get(c.id()))));
    return List.copyOf(all);
  }

  private static TaskInfo info(Scope scope, Container c, Optional<TaskProcess> task) {
    return new TaskInfo(c, task.map(p -> state(scope, c.id(), p)), Optional.empty(), "");
  }

  private static TaskState state(Scope scope, String id, TaskProcess p) {
    long pid = p.status() == Status.STOPPED ? 0 : p.pid();
    return new TaskState(TaskId.of(scope.namespace(), id), p.status(), pid, p.exit(), p.stdio());
  }

  @Override
  public Exit await(Scope scope, String id) throws IOException {
    parts.containers().get(scope, id);
    try {
      return processes.await(scope, ProcessRef.first(id));
    } catch (NotFoundException e) {
      throw new ConflictException("container '" + id + "' has no process to wait for", e);
    }
  }

  @Override
  public void kill(Scope scope, String id, int signal, boolean all) throws IOException {
    parts.containers().get(scope, id);
    try {
      if (all) processes.killAll(scope, id, signal);
      else processes.kill(scope, ProcessRef.first(id), signal);
    } catch (NotFoundException e) {
      throw new ConflictException("container '" + id + "' does not run", e);
    }
  }

  private void requireRunning(Scope scope, String id) throws IOException {
    Optional<TaskProcess> task = processes.find(scope, ProcessRef.first(id));
    if (task.isEmpty() || task.get().status() == Status.STOPPED) throw new ConflictException("container '" + id + "' does not run");
  }

  @Override
  public void delete(Scope scope, String id, boolean force) throws IOException {
    Optional<Container> c = readable(scope, id);
    if (c.isPresent()) takeBack(scope, c.get(), force);
    try {
      parts.containers().remove(scope, id);
    } catch (NotFoundException e) {
      return; // another removed it at the same time
    }
  }

  /** Empty where it is damaged: its manager is asked for the record alone, and looks after what it can tell of the rest. */
  private Optional<Container> readable(Scope scope, String id) throws IOException {
    try {
      return Optional.of(parts.containers().get(scope, id));
    } catch (CorruptException e) {
      return Optional.empty();
    }
  }

  private void takeBack(Scope scope, Container c, boolean force) throws IOException {
    Optional<TaskProcess> task = processes.find(scope, ProcessRef.first(c.id()));
    if (task.isPresent()) deleteTask(scope, task.get(), force);
    if (!c.snapshotKey().isEmpty()) removeSnapshot(scope, c);
  }

  private void deleteTask(Scope scope, TaskProcess task, boolean force) throws IOException {
    ProcessRef ref = task.ref();
    try {
      if (task.status() != Status.STOPPED && task.status() != Status.CREATED) {
        if (!force) throw new ConflictException("container '" + ref.container() + "' runs; stop it by ctr:kill, or give --force");
        if (task.status() == Status.PAUSED) processes.resume(scope, ref.container());
        kill(scope, ref.container());
        processes.await(scope, ref);
      } else if (task.status() == Status.CREATED) {
        kill(scope, ref.container());
      }
      processes.delete(scope, ref);
    } catch (NotFoundException e) {
      return; // it went by itself
    }
  }

  private void kill(Scope scope, String container) throws IOException {
    try {
      processes.killAll(scope, container, SIGKILL);
    } catch (NotFoundException e) {
      return; // it has just ended
    }
  }

  private void removeSnapshot(Scope scope, Container c) throws IOException {
    try {
      parts.snapshots().remove(scope, c.snapshotter(), c.snapshotKey());
    } catch (NotFoundException e) {
      return; // somebody took it away before
    }
  }

  @Override
  public InputStream logs(Scope scope, String id, boolean follow) throws IOException {
    parts.containers().get(scope, id);
    try {
      return processes.log(scope, id, follow, RemoteLog.START);
    } catch (UnsupportedException e) {
      if (!Words.NO_SERVICE.in(e)) throw e;
      throw new UnsupportedException("this manager keeps nothing of what container '" + id + "' wrote, as containerd keeps nothing: its"
          + " output goes where its client said, and that of ctr:run -d and ctr:start by an address goes nowhere; a Gantry logs it", e);
    }
  }

  /** That an id is one. @throws InvalidException it is not */
  static void requireId(Scope scope, String id) throws InvalidException {
    try {
      TaskId.of(scope.namespace(), id);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
  }

  static AlreadyExistsException exists(Scope scope, String id, Throwable cause) {
    return new AlreadyExistsException("container '" + id + "' is there already in namespace " + scope.namespace()
        + "; give another --id, or remove it by ctr:delete", cause);
  }
}
