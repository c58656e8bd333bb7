package io.gantry.remote;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.wire.runc.ProcessDetails;
import io.gantry.wire.tasks.CloseIORequest;
import io.gantry.wire.tasks.CreateTaskRequest;
import io.gantry.wire.tasks.DeleteProcessRequest;
import io.gantry.wire.tasks.DeleteResponse;
import io.gantry.wire.tasks.DeleteTaskRequest;
import io.gantry.wire.tasks.ExecProcessRequest;
import io.gantry.wire.tasks.GetRequest;
import io.gantry.wire.tasks.KillRequest;
import io.gantry.wire.tasks.ListPidsRequest;
import io.gantry.wire.tasks.ListTasksRequest;
import io.gantry.wire.tasks.MetricsRequest;
import io.gantry.wire.tasks.PauseTaskRequest;
import io.gantry.wire.tasks.ResizePtyRequest;
import io.gantry.wire.tasks.ResumeTaskRequest;
import io.gantry.wire.tasks.StartRequest;
import io.gantry.wire.tasks.TasksGrpc;
import io.gantry.wire.tasks.UpdateTaskRequest;
import io.gantry.wire.tasks.WaitRequest;
import io.gantry.wire.tasktypes.Process;
import io.gantry.wire.tasktypes.ProcessInfo;
import io.gantry.wire.types.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Processes of the other manager's containers, call by call. Streams are paths and URIs of its host. */
final class RemoteTaskProcesses implements TaskProcesses {
  private static final int NOT_FOUND = 127;
  private static final int NOT_EXECUTABLE = 126;

  private final Link link;
  private final Plugins plugins;

  RemoteTaskProcesses(Link link) {
    this.link = link;
    this.plugins = new Plugins(link);
  }

  @Override
  public long create(Scope scope, TaskRequest request) throws IOException {
    Stdio io = kept(scope, request.stdio());
    var wire = CreateTaskRequest.newBuilder().setContainerId(request.container()).setStdin(io.stdin()).setStdout(io.stdout())
        .setStderr(io.stderr()).setTerminal(io.terminal());
    request.rootfs().forEach(m -> wire.addRootfs(Messages.wire(m)));
    request.options().ifPresent(o -> wire.setOptions(Messages.wire(o)));
    return command(() -> unsigned(link.call(scope, TasksGrpc.getCreateMethod(), wire.build()).getPid()));
  }

  /** As it is where that manager has logs; else what was to be logged goes nowhere. */
  private Stdio kept(Scope scope, Stdio io) throws IOException {
    if (!io.stdout().equals(LOG) && !io.stderr().equals(LOG) || plugins.keepsLogs(scope)) return io;
    String nowhere = io.terminal() ? "file:///dev/null" : ""; // a terminal has to be copied to somewhere
    return new Stdio(io.stdin(), io.stdout().equals(LOG) ? nowhere : io.stdout(), io.stderr().equals(LOG) ? "" : io.stderr(),
        io.terminal());
  }

  @Override
  public void add(Scope scope, ProcessRef ref, Typed process, Stdio stdio) throws IOException {
    var wire = ExecProcessRequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec()).setSpec(Messages.wire(process))
        .setStdin(stdio.stdin()).setStdout(stdio.stdout()).setStderr(stdio.stderr()).setTerminal(stdio.terminal()).build();
    command(() -> link.call(scope, TasksGrpc.getExecMethod(), wire));
  }

  @Override
  public long start(Scope scope, ProcessRef ref) throws IOException {
    var wire = StartRequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec()).build();
    return command(() -> unsigned(link.call(scope, TasksGrpc.getStartMethod(), wire).getPid()));
  }

  /** A call that may say that the command is at fault. */
  @FunctionalInterface
  private interface Call<R> {
    R to() throws IOException;
  }

  private static <R> R command(Call<R> call) throws IOException {
    try {
      return call.to();
    } catch (IOException e) {
      if (e.getClass() != IOException.class) throw e; // a code of its own
      if (!Words.COMMAND.in(e)) throw e;
      String said = e.getMessage().replaceFirst("^\\w+://\\S+: ", "").replaceFirst(": unknown$", ""); // the way here is not to blame
      throw new CommandException(Words.MISSING.in(e) ? NOT_FOUND : NOT_EXECUTABLE, said, e);
    }
  }

  private static long unsigned(int pid) {
    return Integer.toUnsignedLong(pid);
  }

  @Override
  public TaskProcess get(Scope scope, ProcessRef ref) throws IOException {
    var wire = GetRequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec()).build();
    return of(ref, link.call(scope, TasksGrpc.getGetMethod(), wire).getProcess());
  }

  @Override
  public List<TaskProcess> listTasks(Scope scope, String after, int max) throws IOException {
    var page = new Page<TaskProcess>(after, max);
    for (TaskProcess p : all(scope)) page.add(p.ref().container(), p);
    return page.list();
  }

  /** First processes, in no order. */
  List<TaskProcess> all(Scope scope) throws IOException {
    return link.call(scope, TasksGrpc.getListMethod(), ListTasksRequest.getDefaultInstance()).getTasksList().stream()
        .map(p -> of(ProcessRef.first(p.getContainerId().isEmpty() ? p.getId() : p.getContainerId()), p)).toList();
  }

  private static TaskProcess of(ProcessRef ref, Process p) {
    TaskState.Status status = switch (p.getStatus()) {
      case CREATED -> TaskState.Status.CREATED;
      case RUNNING, PAUSING -> TaskState.Status.RUNNING;
      case PAUSED -> TaskState.Status.PAUSED;
      case STOPPED -> TaskState.Status.STOPPED;
      case UNKNOWN, UNRECOGNIZED -> TaskState.Status.UNKNOWN;
    };
    Optional<Exit> exit = status == TaskState.Status.STOPPED ? Optional.of(new Exit(p.getExitStatus(), Messages.time(p.getExitedAt())))
        : Optional.empty();
    return new TaskProcess(ref, status, unsigned(p.getPid()), exit, new Stdio(p.getStdin(), p.getStdout(), p.getStderr(), p.getTerminal()));
  }

  @Override
  public Exit await(Scope scope, ProcessRef ref) throws IOException {
    var wire = WaitRequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec()).build();
    var answer = link.call(scope, TasksGrpc.getWaitMethod(), wire);
    return new Exit(answer.getExitStatus(), Messages.time(answer.getExitedAt()));
  }

  @Override
  public void kill(Scope scope, ProcessRef ref, int signal) throws IOException {
    link.call(scope, TasksGrpc.getKillMethod(), KillRequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec())
        .setSignal(signal).build());
  }

  @Override
  public void killAll(Scope scope, String container, int signal) throws IOException {
    link.call(scope, TasksGrpc.getKillMethod(), KillRequest.newBuilder().setContainerId(container).setSignal(signal).setAll(true).build());
  }

  @Override
  public TaskProcess delete(Scope scope, ProcessRef ref) throws IOException {
    Stdio stdio = get(scope, ref).stdio();
    DeleteResponse answer = ref.exec().isEmpty()
        ? link.call(scope, TasksGrpc.getDeleteMethod(), DeleteTaskRequest.newBuilder().setContainerId(ref.container()).build())
        : link.call(scope, TasksGrpc.getDeleteProcessMethod(), DeleteProcessRequest.newBuilder().setContainerId(ref.container())
            .setExecId(ref.exec()).build());
    boolean ended = answer.getExitedAt().getSeconds() > 0;
    Optional<Exit> exit = ended ? Optional.of(new Exit(answer.getExitStatus(), Messages.time(answer.getExitedAt()))) : Optional.empty();
    return new TaskProcess(ref, TaskState.Status.STOPPED, unsigned(answer.getPid()), exit, stdio);
  }

  @Override
  public void removeLog(Scope scope, String container) {
    // The other manager does that when the record is removed.
  }

  /** What a container wrote, where that manager keeps it. @param from as {@link RemoteLog} has it */
  RemoteLog log(Scope scope, String container, boolean follow, long from) throws IOException {
    return RemoteLog.open(link, scope.lasting(), container, follow, from);
  }

  @Override
  public void resize(Scope scope, ProcessRef ref, TerminalSize size) throws IOException {
    link.call(scope, TasksGrpc.getResizePtyMethod(), ResizePtyRequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec())
        .setWidth(size.columns()).setHeight(size.rows()).build());
  }

  @Override
  public void closeInput(Scope scope, ProcessRef ref) throws IOException {
    link.call(scope, TasksGrpc.getCloseIOMethod(), CloseIORequest.newBuilder().setContainerId(ref.container()).setExecId(ref.exec())
        .setStdin(true).build());
  }

  @Override
  public void pause(Scope scope, String container) throws IOException {
    link.call(scope, TasksGrpc.getPauseMethod(), PauseTaskRequest.newBuilder().setContainerId(container).build());
  }

  @Override
  public void resume(Scope scope, String container) throws IOException {
    link.call(scope, TasksGrpc.getResumeMethod(), ResumeTaskRequest.newBuilder().setContainerId(container).build());
  }

  @Override
  public List<TaskPid> pids(Scope scope, String container) throws IOException {
    var answer = link.call(scope, TasksGrpc.getListPidsMethod(), ListPidsRequest.newBuilder().setContainerId(container).build());
    var pids = new ArrayList<TaskPid>();
    for (ProcessInfo p : answer.getProcessesList()) pids.add(new TaskPid(unsigned(p.getPid()), exec(p)));
    return List.copyOf(pids);
  }

  /** Runc's own message, of which others know nothing. */
  private static String exec(ProcessInfo p) throws IOException {
    if (!p.getInfo().getTypeUrl().endsWith(ProcessDetails.getDescriptor().getFullName())) return "";
    try {
      return ProcessDetails.parseFrom(p.getInfo().getValue()).getExecId();
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("process " + p.getPid() + " is told by a message that cannot be read", e);
    }
  }

  @Override
  public void update(Scope scope, String container, Typed resources) throws IOException {
    link.call(scope, TasksGrpc.getUpdateMethod(), UpdateTaskRequest.newBuilder().setContainerId(container)
        .setResources(Messages.wire(resources)).build());
  }

  @Override
  public Typed stats(Scope scope, String container) throws IOException {
    String filter = "id==" + container;
    List<Metric> metrics = link.call(scope, TasksGrpc.getMetricsMethod(), MetricsRequest.newBuilder().addFilters(filter).build())
        .getMetricsList();
    for (Metric m : metrics) if (m.getId().equals(container)) return Messages.typed(m.getData());
    TaskProcess task = get(scope, ProcessRef.first(container)); // NotFound where there is none
    throw new ConflictException("container '" + container + "' tells nothing of what it uses: it is " + task.status());
  }

  @Override
  public void checkpoint(Scope scope, String container) throws IOException {
    throw new UnsupportedException("checkpoint container '" + container + "': where its images would go to is not known here");
  }

  Patience patience() {
    return link.patience();
  }

  /** The process, or empty where there is none. */
  Optional<TaskProcess> find(Scope scope, ProcessRef ref) throws IOException {
    try {
      return Optional.of(get(scope, ref));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }
}
