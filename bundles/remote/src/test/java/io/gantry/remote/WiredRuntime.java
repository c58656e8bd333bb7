package io.gantry.remote;

import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.service.record.Container;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Limits;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stats;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A runtime whose containers are those of another manager, which has a record of each; its driver is the shim's. */
final class WiredRuntime implements Runtime, Exec, Terminal, Pause, Processes, Limits, Stats, AutoCloseable {
  private static final String RUNTIME = "io.containerd.runc.v2";
  private static final int NOT_FOUND = 127;
  private final Wired wired;
  private final TaskProcesses processes;

  WiredRuntime(Wired wired) {
    this.wired = wired;
    this.processes = wired.manager().processes();
  }

  private static Scope scope(TaskId id) {
    return Scope.root().withNamespace(id.namespace());
  }

  private static ProcessRef ref(TaskId id) {
    return new ProcessRef(id.container(), id.exec());
  }

  /** A call that may say that the command is at fault. */
  @FunctionalInterface
  private interface Call<R> {
    R to() throws IOException;
  }

  private static <R> R command(Call<R> call) throws IOException {
    try {
      return call.to();
    } catch (CommandException e) {
      throw e.code() == NOT_FOUND ? new NotFoundException(e.getMessage(), e) : new DeniedException(e.getMessage(), e);
    }
  }

  @Override
  public void create(TaskSpec spec) throws IOException {
    Scope scope = scope(spec.id());
    String id = spec.id().container();
    boolean mine = wired.manager().containers().find(scope, id).isEmpty();
    if (mine) {
      wired.manager().containers().create(scope, new Container(id, "", RUNTIME, spec.options(), spec.spec(), "", "", Map.of(), Map.of(),
          Instant.EPOCH, Instant.EPOCH, 0));
    }
    try {
      command(() -> processes.create(scope, new TaskRequest(id, spec.rootfs(), spec.stdio(), Optional.empty())));
    } catch (IOException | RuntimeException e) {
      if (mine) wired.manager().containers().remove(scope, id);
      throw e;
    }
  }

  @Override
  public long start(TaskId id) throws IOException {
    return command(() -> processes.start(scope(id), ref(id)));
  }

  @Override
  public void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    command(() -> {
      processes.add(scope(id), ref(id), process, stdio);
      return id;
    });
  }

  /** On the wire what has ended is not found. */
  @Override
  public void signal(TaskId id, int signal, boolean all) throws IOException {
    try {
      if (all) processes.killAll(scope(id), id.container(), signal);
      else processes.kill(scope(id), ref(id), signal);
    } catch (NotFoundException e) {
      if (state(id).status() == Status.STOPPED) throw new ConflictException(id + " has ended", e);
      throw e;
    }
  }

  @Override
  public TaskState state(TaskId id) throws IOException {
    TaskProcess p = processes.get(scope(id), ref(id));
    return new TaskState(id, p.status(), p.status() == Status.STOPPED ? 0 : p.pid(), p.exit(), p.stdio());
  }

  @Override
  public void delete(TaskId id) throws IOException {
    processes.delete(scope(id), ref(id));
    if (!id.exec().isEmpty()) return;
    try {
      wired.manager().containers().remove(scope(id), id.container());
    } catch (NotFoundException e) {
      return; // another was faster
    }
  }

  @Override
  public void resize(TaskId id, int columns, int rows) throws IOException {
    processes.resize(scope(id), ref(id), new TerminalSize(columns, rows));
  }

  @Override
  public void closeInput(TaskId id) throws IOException {
    processes.closeInput(scope(id), ref(id));
  }

  @Override
  public void pause(TaskId container) throws IOException {
    processes.pause(scope(container), container.container());
  }

  @Override
  public void resume(TaskId container) throws IOException {
    processes.resume(scope(container), container.container());
  }

  @Override
  public List<Long> pids(TaskId container) throws IOException {
    return processes.pids(scope(container), container.container()).stream().map(TaskPid::pid).toList();
  }

  @Override
  public void update(TaskId container, Typed resources) throws IOException {
    processes.update(scope(container), container.container(), resources);
  }

  @Override
  public Typed stats(TaskId container) throws IOException {
    return processes.stats(scope(container), container.container());
  }

  @Override
  public void close() throws IOException {
    wired.close();
  }
}
