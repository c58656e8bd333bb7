package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.filter.Filter;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState;
import io.gantry.wire.runc.ProcessDetails;
import io.gantry.wire.tasks.CheckpointTaskRequest;
import io.gantry.wire.tasks.CheckpointTaskResponse;
import io.gantry.wire.tasks.CloseIORequest;
import io.gantry.wire.tasks.CreateTaskRequest;
import io.gantry.wire.tasks.CreateTaskResponse;
import io.gantry.wire.tasks.DeleteProcessRequest;
import io.gantry.wire.tasks.DeleteResponse;
import io.gantry.wire.tasks.DeleteTaskRequest;
import io.gantry.wire.tasks.ExecProcessRequest;
import io.gantry.wire.tasks.GetRequest;
import io.gantry.wire.tasks.GetResponse;
import io.gantry.wire.tasks.KillRequest;
import io.gantry.wire.tasks.ListPidsRequest;
import io.gantry.wire.tasks.ListPidsResponse;
import io.gantry.wire.tasks.ListTasksRequest;
import io.gantry.wire.tasks.ListTasksResponse;
import io.gantry.wire.tasks.MetricsRequest;
import io.gantry.wire.tasks.MetricsResponse;
import io.gantry.wire.tasks.PauseTaskRequest;
import io.gantry.wire.tasks.ResizePtyRequest;
import io.gantry.wire.tasks.ResumeTaskRequest;
import io.gantry.wire.tasks.StartRequest;
import io.gantry.wire.tasks.StartResponse;
import io.gantry.wire.tasks.TasksGrpc;
import io.gantry.wire.tasks.UpdateTaskRequest;
import io.gantry.wire.tasks.WaitRequest;
import io.gantry.wire.tasks.WaitResponse;
import io.gantry.wire.tasktypes.Process;
import io.gantry.wire.tasktypes.ProcessInfo;
import io.gantry.wire.tasktypes.Status;
import io.gantry.wire.types.Metric;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Processes of containers that clients made. */
final class TasksApi extends TasksGrpc.TasksImplBase {
  private static final Logger log = LoggerFactory.getLogger(TasksApi.class);
  private final TaskProcesses tasks;

  TasksApi(TaskProcesses tasks) {
    this.tasks = tasks;
  }

  /** Work that answers nothing. */
  @FunctionalInterface
  private interface Step {
    void take(Scope scope) throws IOException;
  }

  /** A call of a runtime. */
  @FunctionalInterface
  private interface Asked<R> {
    R ask() throws IOException;
  }

  /**
   * What a runtime says of a container it could not make or signal has no kind of its own: a program of the host, a path of it or a limit
   * of its kernel may be the reason as well as an argument. So it is unknown, as containerd has it; what is refused before a runtime is
   * asked stays an invalid argument. The answer of the runtime is the cause of the former.
   */
  private static <R> R refused(Asked<R> asked) throws IOException {
    try {
      return asked.ask();
    } catch (InvalidException e) {
      if (!(e.getCause() instanceof IOException)) throw e;
      throw Statuses.error(io.grpc.Status.UNKNOWN, "unknown", e.getMessage());
    }
  }

  private static void empty(StreamObserver<Empty> out, Step step) {
    Calls.unary(out, () -> {
      step.take(Calls.scope());
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public void create(CreateTaskRequest r, StreamObserver<CreateTaskResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      if (r.hasCheckpoint()) throw new UnsupportedException("create task " + r.getContainerId() + " from a checkpoint: there is no CRIU");
      if (!r.getRuntimePath().isEmpty()) {
        throw new UnsupportedException("create task " + r.getContainerId() + " by the runtime_path '" + r.getRuntimePath()
            + "': a runtime is a driver of this manager; set shim.path to that path in config/runtime.shim~NAME.cfg, and give the container"
            + " NAME as its runtime");
      }
      List<Mount> rootfs = r.getRootfsList().stream().map(Mounted::of).toList();
      Optional<Typed> options = r.hasOptions() ? Optional.of(Anys.of(r.getOptions())) : Optional.empty();
      var stdio = new Stdio(r.getStdin(), r.getStdout(), r.getStderr(), r.getTerminal());
      long pid = refused(() -> tasks.create(scope, new TaskRequest(r.getContainerId(), rootfs, stdio, options)));
      return CreateTaskResponse.newBuilder().setContainerId(r.getContainerId()).setPid((int) pid).build();
    });
  }

  @Override
  public void start(StartRequest r, StreamObserver<StartResponse> out) {
    Calls.unary(out, () -> {
      long pid = refused(() -> tasks.start(Calls.scope(), new ProcessRef(r.getContainerId(), r.getExecId())));
      return StartResponse.newBuilder().setPid((int) pid).build();
    });
  }

  @Override
  public void delete(DeleteTaskRequest r, StreamObserver<DeleteResponse> out) {
    Calls.unary(out, () -> deleted(tasks.delete(Calls.scope(), ProcessRef.first(r.getContainerId()))));
  }

  @Override
  public void deleteProcess(DeleteProcessRequest r, StreamObserver<DeleteResponse> out) {
    Calls.unary(out, () -> deleted(tasks.delete(Calls.scope(), new ProcessRef(r.getContainerId(), r.getExecId()))));
  }

  private static DeleteResponse deleted(TaskProcess p) {
    var answer = DeleteResponse.newBuilder().setId(id(p.ref())).setPid((int) p.pid());
    p.exit().ifPresent(e -> answer.setExitStatus(e.code()).setExitedAt(Times.of(e.at())));
    return answer.build();
  }

  @Override
  public void get(GetRequest r, StreamObserver<GetResponse> out) {
    Calls.unary(out, () -> {
      TaskProcess process = tasks.get(Calls.scope(), new ProcessRef(r.getContainerId(), r.getExecId()));
      return GetResponse.newBuilder().setProcess(wire(process)).build();
    });
  }

  @Override
  public void list(ListTasksRequest r, StreamObserver<ListTasksResponse> out) {
    Calls.unary(out, () -> {
      var answer = ListTasksResponse.newBuilder();
      each(Calls.scope(), p -> answer.addTasks(wire(p)));
      return answer.build();
    });
  }

  private void each(Scope scope, Pages.To<TaskProcess> to) throws IOException, InterruptedException {
    Pages.each((after, max) -> tasks.listTasks(scope, after, max), p -> p.ref().container(), p -> true, to);
  }

  @Override
  public void kill(KillRequest r, StreamObserver<Empty> out) {
    empty(out, scope -> refused(() -> {
      if (r.getAll()) tasks.killAll(scope, r.getContainerId(), r.getSignal());
      else tasks.kill(scope, new ProcessRef(r.getContainerId(), r.getExecId()), r.getSignal());
      return r;
    }));
  }

  @Override
  public void exec(ExecProcessRequest r, StreamObserver<Empty> out) {
    empty(out, scope -> tasks.add(scope, new ProcessRef(r.getContainerId(), r.getExecId()), Anys.of(r.getSpec()),
        new Stdio(r.getStdin(), r.getStdout(), r.getStderr(), r.getTerminal())));
  }

  @Override
  public void resizePty(ResizePtyRequest r, StreamObserver<Empty> out) {
    empty(out, scope -> {
      var ref = new ProcessRef(r.getContainerId(), r.getExecId());
      if (r.getWidth() == 0 || r.getHeight() == 0) tasks.get(scope, ref); // of a client whose own terminal has no size: left as it is
      else tasks.resize(scope, ref, new TerminalSize(r.getWidth(), r.getHeight()));
    });
  }

  @Override
  public void closeIO(CloseIORequest r, StreamObserver<Empty> out) {
    empty(out, scope -> {
      if (r.getStdin()) tasks.closeInput(scope, new ProcessRef(r.getContainerId(), r.getExecId()));
    });
  }

  @Override
  public void pause(PauseTaskRequest r, StreamObserver<Empty> out) {
    empty(out, scope -> tasks.pause(scope, r.getContainerId()));
  }

  @Override
  public void resume(ResumeTaskRequest r, StreamObserver<Empty> out) {
    empty(out, scope -> tasks.resume(scope, r.getContainerId()));
  }

  @Override
  public void listPids(ListPidsRequest r, StreamObserver<ListPidsResponse> out) {
    Calls.unary(out, () -> {
      var answer = ListPidsResponse.newBuilder();
      for (TaskPid p : tasks.pids(Calls.scope(), r.getContainerId())) answer.addProcesses(info(p));
      return answer.build();
    });
  }

  private static ProcessInfo info(TaskPid p) {
    var info = ProcessInfo.newBuilder().setPid((int) p.pid());
    if (!p.exec().isEmpty()) {
      var details = ProcessDetails.newBuilder().setExecId(p.exec()).build();
      info.setInfo(Any.newBuilder().setTypeUrl(ProcessDetails.getDescriptor().getFullName()).setValue(details.toByteString()));
    }
    return info.build();
  }

  @Override
  public void checkpoint(CheckpointTaskRequest r, StreamObserver<CheckpointTaskResponse> out) {
    Calls.unary(out, () -> {
      tasks.checkpoint(Calls.scope(), r.getContainerId());
      return CheckpointTaskResponse.getDefaultInstance();
    });
  }

  @Override
  public void update(UpdateTaskRequest r, StreamObserver<Empty> out) {
    empty(out, scope -> tasks.update(scope, r.getContainerId(), Anys.of(r.getResources())));
  }

  /** Of all tasks that a filter wants; those that are deleted meanwhile, or whose runtime tells nothing, are left out. */
  @Override
  public void metrics(MetricsRequest r, StreamObserver<MetricsResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      Filter filter = Filter.parse(r.getFiltersList());
      var wanted = new ArrayList<String>();
      each(scope, p -> {
        if (filter.matches(path -> field(scope, p, path))) wanted.add(p.ref().container());
      });
      var answer = MetricsResponse.newBuilder();
      for (String container : wanted) {
        try {
          Any data = Anys.wire(tasks.stats(scope, container));
          answer.addMetrics(Metric.newBuilder().setTimestamp(Times.of(Instant.now())).setId(container).setData(data));
        } catch (NotFoundException | ConflictException | UnavailableException | UnsupportedException e) {
          log.debug("no metrics of container {}", container, e); // the others are told
        }
      }
      return answer.build();
    });
  }

  private static Optional<String> field(Scope scope, TaskProcess p, List<String> path) {
    return switch (path.getFirst()) {
      case "id" -> Optional.of(p.ref().container());
      case "namespace" -> Optional.of(scope.namespace());
      default -> Optional.empty();
    };
  }

  @Override
  public void wait(WaitRequest r, StreamObserver<WaitResponse> out) {
    Calls.unary(out, () -> {
      TaskState.Exit exit = tasks.await(Calls.scope(), new ProcessRef(r.getContainerId(), r.getExecId()));
      return WaitResponse.newBuilder().setExitStatus(exit.code()).setExitedAt(Times.of(exit.at())).build();
    });
  }

  private static String id(ProcessRef ref) {
    return ref.exec().isEmpty() ? ref.container() : ref.exec();
  }

  private static Process wire(TaskProcess p) {
    Stdio io = p.stdio();
    var process = Process.newBuilder().setContainerId(p.ref().container()).setId(id(p.ref())).setPid((int) p.pid())
        .setStatus(status(p.status())).setStdin(io.stdin()).setStdout(io.stdout()).setStderr(io.stderr()).setTerminal(io.terminal());
    p.exit().ifPresent(e -> process.setExitStatus(e.code()).setExitedAt(Times.of(e.at())));
    return process.build();
  }

  private static Status status(TaskState.Status s) {
    return switch (s) {
      case CREATED -> Status.CREATED;
      case RUNNING -> Status.RUNNING;
      case PAUSED -> Status.PAUSED;
      case STOPPED -> Status.STOPPED;
      case UNKNOWN -> Status.UNKNOWN;
    };
  }
}
