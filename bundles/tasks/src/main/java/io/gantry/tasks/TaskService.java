package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.oci.task.Restart;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Images;
import io.gantry.service.record.Namespaces;
import io.gantry.service.record.Table;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ExecRequest;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import io.gantry.service.task.Tasks;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers that run. */
@Component(configurationPid = "tasks", immediate = true)
@Designate(ocd = TaskService.Config.class)
public final class TaskService implements Tasks, TaskProcesses {
  /** Configuration. */
  @ObjectClassDefinition(name = "Tasks")
  @interface Config {
    @AttributeDefinition(description = "Runtime where neither container nor namespace names one; default io.containerd.runc.v2")
    String runtime() default "io.containerd.runc.v2";

    @AttributeDefinition(description = "Snapshotter where neither container nor namespace names one; default overlayfs")
    String snapshotter() default "overlayfs";
  }

  private static final Logger LOG = LoggerFactory.getLogger(TaskService.class);
  private static final Duration FAREWELL = Duration.ofSeconds(5);
  private final Parts parts;
  private final Namespaces namespaces;
  private volatile Config config;
  private final LogFiles logs;
  private final Path fifos;
  private final Lives lives;
  private final Makings makings;
  private final Execs execs;
  private final Attachments attachments;
  private final Removal removal;
  private final Endings endings;
  private final Steps steps;
  private final ProcessView processes;
  private final Adoption adoption;

  @Activate
  public TaskService(BundleContext context, Config config, @Reference Drivers drivers, @Reference Table table, @Reference Images images,
      @Reference ImageTree tree, @Reference Unpacker unpacker, @Reference Snapshots snapshots, @Reference Mounts mounts,
      @Reference Containers containers, @Reference Events events, @Reference Namespaces namespaces) throws IOException {
    this.parts = new Parts(drivers, table, images, tree, unpacker, snapshots, new TreeViews(mounts), containers, events,
        new Cgroups(Path.of(context.getProperty("gantry.state"))));
    this.namespaces = namespaces;
    this.config = config;
    this.logs = new LogFiles(Path.of(context.getProperty("gantry.root"), "log", "containers"));
    this.fifos = Path.of(context.getProperty("gantry.state"), "fifo");
    var oom = new OomEvents(table, events);
    this.lives = new Lives(oom::tell);
    this.makings = new Makings(FAREWELL);
    this.execs = new Execs(parts, lives, makings, fifos, oom);
    this.attachments = new Attachments(parts, lives, logs, fifos);
    this.removal = new Removal(parts, logs, fifos, lives);
    this.endings = new Endings(parts, lives, removal, oom);
    this.steps = new Steps(parts, lives, makings, removal, endings, logs);
    this.processes = new ProcessView(parts, lives, attachments);
    this.adoption = new Adoption(parts, lives, removal, namespaces, endings, this::takeOver,
        new StepAdoption(parts, lives, makings, removal, endings, steps));
    adoption.start();
  }

  /** Live: what runs is watched on. A name that is none leaves the last good values. */
  @Modified
  void modified(Config changed) {
    try {
      new DriverRef(Runtime.KIND, changed.runtime());
      new DriverRef(Snapshotter.KIND, changed.snapshotter());
      config = changed;
    } catch (IllegalArgumentException e) {
      LOG.error("tasks.cfg: {}; the last good values are used", e.getMessage());
    }
  }

  @Deactivate
  void close() throws IOException {
    adoption.close();
    makings.close();
    lives.close();
  }

  /** What it writes goes to its log by the runtime's own hand, which needs no manager; a terminal's, too. */
  @Override
  public TaskInfo run(Scope scope, RunRequest request) throws IOException {
    return launch(scope, request, (launch, making) -> {
      Launch.Made made = launch.make();
      String log = logs.create(scope.namespace(), request.id());
      launch.onFailure(() -> logs.remove(scope.namespace(), request.id()));
      adoption.own(launch.id());
      TaskRow row = launch.start(made, new Stdio("", log, request.terminal() ? "" : log, request.terminal()), lives);
      TaskInfo info = get(launch.after(), request.id());
      making.keep();
      watch(launch, row, null);
      return info;
    });
  }

  @Override
  public TaskInfo create(Scope scope, RunRequest request) throws IOException {
    return launch(scope, request, (launch, making) -> {
      launch.make();
      TaskInfo info = get(launch.after(), request.id());
      making.keep();
      return info;
    });
  }

  @Override
  public TaskInfo start(Scope scope, String id) throws IOException {
    new Restart(parts.containers(), parts.snapshots(), this).start(scope, id);
    return get(scope.lasting(), id);
  }

  @Override
  public Attached runAttached(Scope scope, RunRequest request) throws IOException {
    return launch(scope, request, (launch, making) -> {
      Launch.Made made = launch.make();
      logs.create(scope.namespace(), request.id());
      launch.onFailure(() -> logs.remove(scope.namespace(), request.id()));
      Fifos pipes = Fifos.make(fifos, launch.id(), request.terminal(), request.stdin());
      AttachedProcess attached = attach(launch, request, pipes);
      adoption.own(launch.id());
      TaskRow row = launch.start(made, pipes.stdio(), lives);
      making.keep();
      attached.started(watch(launch, row, attached));
      return attached;
    });
  }

  /** A run from the snapshot to the process that is watched. */
  @FunctionalInterface
  private interface Way<R> {
    R go(Launch launch, Makings.Making making) throws IOException;
  }

  /** In the container's turn up to the last step, or the last one back: who is told to remove it finds it made, or not at all. */
  private <R> R launch(Scope scope, RunRequest request, Way<R> way) throws IOException {
    Launch launch = new Launch(parts, scope, request, runtimes(config), snapshotters(config));
    makings.requireFree(launch.id()); // its turn may take long
    try (var turn = removal.turns().take(launch.id(), scope.deadline())) {
      launch.plan();
    }
    return makings.run(launch.id(), scope.deadline(), making -> {
      try (var turn = removal.turns().take(launch.id())) {
        making.requireWanted();
        return go(launch, making, way);
      }
    });
  }

  private DefaultDriver runtimes(Config now) {
    return new DefaultDriver(namespaces, DefaultDriver.RUNTIME, now.runtime(), (scope, name) -> RuntimeDriver.require(scope,
        parts.drivers(), name));
  }

  private DefaultDriver snapshotters(Config now) {
    return DefaultDriver.snapshotter(namespaces, parts.unpacker(), now.snapshotter());
  }

  private static <R> R go(Launch launch, Makings.Making making, Way<R> way) throws IOException {
    try {
      return way.go(launch, making);
    } catch (IOException | RuntimeException e) {
      launch.failed(e);
      throw e;
    }
  }

  private AttachedProcess attach(Launch launch, RunRequest request, Fifos pipes) throws IOException {
    launch.onFailure(pipes::close);
    var attached = new AttachedProcess(launch.runtime(), launch.id(), pipes, () -> logs.append(launch.id().namespace(), request.id()));
    launch.onFailure(attached::close);
    return attached;
  }

  /** @param attached null where nobody is */
  private Live watch(Launch launch, TaskRow row, AttachedProcess attached) throws IOException {
    return lives.add(launch.id(), launch.runtime(), row.pid(), exit -> {
      try {
        endings.ended(launch.after(), row, exit);
      } finally {
        if (attached != null) attached.ended();
      }
    });
  }

  /** Whoever was attached went with the manager before: what the process writes goes to its log alone, so that it does not stand still. */
  private Optional<AttachedProcess> takeOver(Scope scope, RuntimeDriver runtime, TaskId id) throws IOException {
    execs.adopt(scope, runtime, id);
    Optional<Fifos> pipes = Fifos.find(fifos, id);
    if (pipes.isEmpty()) return Optional.empty();
    var attached = new AttachedProcess(runtime, id, pipes.get(), () -> logs.append(scope.namespace(), id.container()));
    attached.discard();
    return Optional.of(attached);
  }

  @Override
  public Attached attach(Scope scope, String id) throws IOException {
    Container c = parts.containers().get(scope, id);
    adoption.await(Launch.id(scope, id), scope.deadline());
    return attachments.attach(scope, c);
  }

  @Override
  public Attached exec(Scope scope, ExecRequest request) throws IOException {
    Container c = parts.containers().get(scope, request.container());
    requireRunning(scope, c.id());
    return execs.exec(scope, c, request);
  }

  @Override
  public TaskInfo get(Scope scope, String id) throws IOException {
    return info(scope, parts.containers().get(scope, id));
  }

  @Override
  public List<TaskInfo> list(Scope scope, String after, int max) throws IOException {
    var page = new ArrayList<TaskInfo>();
    for (Container c : parts.containers().list(scope, after, max)) page.add(info(scope, c));
    return List.copyOf(page);
  }

  private TaskInfo info(Scope scope, Container c) throws IOException {
    Optional<TaskRow> row;
    try {
      row = TaskRow.find(parts.table(), scope, c.id());
    } catch (CorruptException e) {
      return new TaskInfo(c, Optional.empty(), Optional.empty(), e.getMessage()); // the others of a list are not its concern
    }
    if (row.isEmpty()) return new TaskInfo(c, Optional.empty(), Optional.empty(), "");
    TaskId id = TaskId.of(scope.namespace(), c.id());
    if (row.get().exit().isPresent()) return ended(c, id, row.get());
    TaskInfo info = asked(scope, c, id, row.get());
    if (info.state().isPresent() && info.state().get().status() != Status.STOPPED && info.state().get().status() != Status.UNKNOWN) {
      return info;
    }
    // its end may have been written down since, and then the runtime was told to forget it
    Optional<TaskRow> now = TaskRow.find(parts.table(), scope, c.id());
    return now.isPresent() && now.get().exit().isPresent() ? ended(c, id, now.get()) : info;
  }

  private static TaskInfo ended(Container c, TaskId id, TaskRow row) {
    return new TaskInfo(c, Optional.of(new TaskState(id, Status.STOPPED, 0, row.exit(),
        row.given().map(TaskRow.Given::stdio).orElse(Stdio.NONE))), row.started(), "");
  }

  private TaskInfo asked(Scope scope, Container c, TaskId id, TaskRow row) throws IOException {
    try {
      return new TaskInfo(c, Optional.of(new RuntimeDriver(parts.drivers(), scope, c.runtime()).state(id)), row.started(), "");
    } catch (InterruptedIOException e) {
      throw e; // of the caller, not of the runtime
    } catch (IOException | RuntimeException e) { // of a driver nobody knows what it throws
      return new TaskInfo(c, Optional.empty(), row.started(), e instanceof GantryException ? e.getMessage() : e.toString());
    }
  }

  @Override
  public Exit await(Scope scope, String id) throws IOException {
    parts.containers().get(scope, id);
    TaskId task = TaskId.of(scope.namespace(), id);
    adoption.await(task, scope.deadline());
    Optional<Live> live = lives.find(task);
    if (live.isPresent()) return live.get().await("container '" + id + "'", scope.deadline());
    return TaskRow.find(parts.table(), scope, id).flatMap(TaskRow::exit)
        .orElseThrow(() -> new ConflictException("container '" + id + "' has no process to wait for"));
  }

  @Override
  public void kill(Scope scope, String id, int signal, boolean all) throws IOException {
    Container c = parts.containers().get(scope, id);
    requireRunning(scope, id);
    try {
      new RuntimeDriver(parts.drivers(), scope, c.runtime()).signal(TaskId.of(scope.namespace(), id), signal, all);
    } catch (NotFoundException e) {
      throw new ConflictException("container '" + id + "' does not run (any more)", e);
    }
  }

  private void requireRunning(Scope scope, String id) throws IOException {
    Optional<TaskRow> row = TaskRow.find(parts.table(), scope, id);
    if (row.isEmpty() || row.get().exit().isPresent()) throw new ConflictException("container '" + id + "' does not run");
  }

  @Override
  public void delete(Scope scope, String id, boolean force) throws IOException {
    Optional<Container> c = Optional.empty();
    try {
      c = Optional.of(parts.containers().get(scope, id));
    } catch (CorruptException e) {
      LOG.warn("container '{}' is removed, although {}", id, e.getMessage());
    }
    try {
      adoption.awaitLook(TaskId.of(scope.namespace(), id), scope.deadline());
    } catch (UnavailableException e) {
      throw Removal.notKnown(id, e);
    }
    removal.remove(scope, c.isPresent() ? c.get() : removal.unread(scope, id, force), force);
  }

  @Override
  public InputStream logs(Scope scope, String id, boolean follow) throws IOException {
    parts.containers().get(scope, id);
    TaskId task = TaskId.of(scope.namespace(), id);
    if (follow) adoption.await(task, scope.deadline());
    Optional<Live> until = follow ? lives.find(task) : Optional.empty();
    Optional<Path> given = attachments.givenFile(scope, id);
    return given.isPresent() ? LogFiles.read(given.get(), until) : logs.read(scope.namespace(), id, until);
  }

  @Override
  public void removeLog(Scope scope, String container) throws IOException {
    logs.remove(scope.namespace(), Launch.id(scope, container).container());
  }

  /** Waits until it is known what an earlier manager left of a container. */
  private Scope looked(Scope scope, String container) throws IOException {
    adoption.await(Launch.id(scope, container), scope.deadline());
    return scope;
  }

  @Override
  public long create(Scope scope, TaskRequest request) throws IOException {
    return steps.create(looked(scope, request.container()), request, adoption::own);
  }

  @Override
  public void add(Scope scope, ProcessRef ref, Typed process, Stdio stdio) throws IOException {
    steps.add(looked(scope, ref.container()), ref, process, stdio);
  }

  @Override
  public long start(Scope scope, ProcessRef ref) throws IOException {
    return steps.start(looked(scope, ref.container()), ref);
  }

  @Override
  public TaskProcess get(Scope scope, ProcessRef ref) throws IOException {
    return processes.get(scope, ref);
  }

  @Override
  public List<TaskProcess> listTasks(Scope scope, String after, int max) throws IOException {
    return processes.list(scope, after, max);
  }

  @Override
  public Exit await(Scope scope, ProcessRef ref) throws IOException {
    return processes.await(looked(scope, ref.container()), ref);
  }

  @Override
  public void kill(Scope scope, ProcessRef ref, int signal) throws IOException {
    processes.kill(scope, ref, signal, false);
  }

  @Override
  public void killAll(Scope scope, String container, int signal) throws IOException {
    processes.kill(scope, ProcessRef.first(container), signal, true);
  }

  @Override
  public TaskProcess delete(Scope scope, ProcessRef ref) throws IOException {
    return steps.delete(looked(scope, ref.container()), ref);
  }

  @Override
  public void resize(Scope scope, ProcessRef ref, TerminalSize size) throws IOException {
    processes.resize(scope, ref, size);
  }

  @Override
  public void closeInput(Scope scope, ProcessRef ref) throws IOException {
    processes.closeInput(scope, ref);
  }

  @Override
  public void pause(Scope scope, String container) throws IOException {
    processes.pause(scope, container);
  }

  @Override
  public void resume(Scope scope, String container) throws IOException {
    processes.resume(scope, container);
  }

  @Override
  public List<TaskPid> pids(Scope scope, String container) throws IOException {
    return processes.pids(scope, container);
  }

  @Override
  public void update(Scope scope, String container, Typed resources) throws IOException {
    processes.update(scope, container, resources);
  }

  @Override
  public Typed stats(Scope scope, String container) throws IOException {
    return processes.stats(scope, container);
  }

  @Override
  public void checkpoint(Scope scope, String container) throws IOException {
    throw new UnsupportedException("checkpoint container '" + container + "': that needs CRIU, which no runtime here has");
  }
}
