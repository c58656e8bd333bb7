package io.gantry.tasks;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.oci.spec.ExecSpec;
import io.gantry.service.record.Container;
import io.gantry.service.task.Attached;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.ExecRequest;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** More processes in a running container. */
final class Execs {
  private static final Logger LOG = LoggerFactory.getLogger(Execs.class);
  private final Parts parts;
  private final Lives lives;
  private final Path fifos;
  private final OomEvents oom;
  /** Has those whose pipes are there and whose process is not watched yet. */
  private final Makings makings;

  Execs(Parts parts, Lives lives, Makings makings, Path fifos, OomEvents oom) {
    this.parts = parts;
    this.lives = lives;
    this.makings = makings;
    this.fifos = fifos;
    this.oom = oom;
  }

  Attached exec(Scope scope, Container c, ExecRequest request) throws IOException {
    String execId = request.execId().isEmpty() ? "e" + UUID.randomUUID().toString().substring(0, 8) : request.execId();
    TaskId id;
    try {
      id = Launch.id(scope, c.id()).withExec(execId);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(e.getMessage(), e);
    }
    makings.requireFree(id);
    requireNone(id);
    Typed process = process(scope, c, request);
    return makings.run(id, scope.deadline(), making -> exec(scope.lasting(), c, request, new Adding(id, process, making)));
  }

  private void requireNone(TaskId id) throws AlreadyExistsException {
    if (lives.find(id).isEmpty()) return;
    throw new AlreadyExistsException("container '" + id.container() + "' runs a process '" + id.exec() + "' already");
  }

  /** A process that is to be added. */
  private record Adding(TaskId id, Typed process, Makings.Making making) {}

  private Attached exec(Scope scope, Container c, ExecRequest request, Adding adding) throws IOException {
    TaskId id = adding.id();
    requireNone(id);
    var runtime = new RuntimeDriver(parts.drivers(), scope, c.runtime());
    Undo undo = new Undo();
    Fifos pipes = Fifos.make(fifos, id, request.terminal(), request.stdin());
    undo.push(pipes::close);
    try {
      var attached = new AttachedProcess(runtime, id, pipes, OutputStream::nullOutputStream);
      undo.push(attached::close);
      add(runtime, adding, pipes, undo);
      int pid = started(scope, runtime, id);
      int running = (int) runtime.state(id).pid(); // where it has ended already, its pid may be another's by now
      adding.making().keep();
      attached.started(watch(scope, runtime, id, pid, running, attached));
      return attached;
    } catch (IOException | RuntimeException e) {
      undo.all(e);
      throw e;
    }
  }

  private static void add(RuntimeDriver runtime, Adding adding, Fifos pipes, Undo undo) throws IOException {
    TaskId id = adding.id();
    try {
      command(runtime, id, () -> {
        runtime.exec(id, adding.process(), pipes.stdio());
        return id;
      });
      undo.push(() -> Removal.killAndDelete(runtime, id));
    } catch (UnavailableException unknown) {
      undo.push(() -> Removal.killAndDelete(runtime, id)); // the driver may have added it, or do so yet
      throw unknown;
    }
  }

  private Live watch(Scope scope, RuntimeDriver runtime, TaskId id, int pid, int running, AttachedProcess attached) throws IOException {
    return lives.add(id, runtime, running, exit -> {
      oom.tell(id, runtime);
      try {
        Removal.deleteStopped(runtime, id, Removal.KILL); // its output is complete when this has answered
      } finally {
        attached.ended();
      }
      Endings.tell(parts.events(), scope, id, pid, exit);
    });
  }

  /** Those of an earlier manager: nobody is attached to what runs, and what has ended is cleared away. */
  void adopt(Scope scope, RuntimeDriver runtime, TaskId container) throws IOException {
    for (TaskId id : Fifos.execs(fifos, container)) {
      if (makings.has(id) || lives.find(id).isPresent()) continue; // of this manager
      Optional<Fifos> pipes = Fifos.find(fifos, id);
      if (pipes.isPresent()) adopt(scope, runtime, id, pipes.get());
    }
  }

  private void adopt(Scope scope, RuntimeDriver runtime, TaskId id, Fifos pipes) throws IOException {
    try {
      TaskState state = runtime.state(id);
      if (state.status() == Status.RUNNING || state.status() == Status.PAUSED) {
        var attached = new AttachedProcess(runtime, id, pipes, OutputStream::nullOutputStream);
        attached.discard();
        watch(scope, runtime, id, (int) state.pid(), (int) state.pid(), attached);
        return;
      }
      runtime.delete(id);
    } catch (NotFoundException e) {
      LOG.debug("{} was never made, or is gone", id);
    }
    pipes.close();
  }

  private int started(Scope scope, RuntimeDriver runtime, TaskId id) throws IOException {
    parts.events().publish(scope, "/tasks/exec-added", Map.of("container_id", id.container(), "exec_id", id.exec()));
    int pid = command(runtime, id, () -> runtime.start(id)).intValue();
    parts.events().publish(scope, "/tasks/exec-started", Map.of("container_id", id.container(), "exec_id", id.exec(), "pid", pid));
    return pid;
  }

  /** A call that may say that the command is at fault; that there is nothing of its id means that the container has ended meanwhile. */
  @FunctionalInterface
  interface Call<R> {
    R to() throws IOException;
  }

  static <R> R command(RuntimeDriver runtime, TaskId id, Call<R> call) throws IOException {
    try {
      return call.to();
    } catch (NotFoundException e) {
      if (runs(runtime, id)) throw new CommandException(127, e.getMessage(), e);
      throw new ConflictException("container '" + id.container() + "' ended before the process '" + id.exec() + "' was started in it", e);
    } catch (DeniedException e) {
      throw new CommandException(126, e.getMessage(), e);
    }
  }

  private static boolean runs(RuntimeDriver runtime, TaskId id) throws IOException {
    try {
      Status status = runtime.state(TaskId.of(id.namespace(), id.container())).status();
      return status == Status.RUNNING || status == Status.PAUSED;
    } catch (NotFoundException e) {
      return false;
    }
  }

  private Typed process(Scope scope, Container c, ExecRequest request) throws IOException {
    ExecSpec spec = ExecSpec.of(request, c.spec());
    return spec.document(request.user().isEmpty() ? spec.user() : Plan.user(parts, scope, request.user(), c.id(),
        parts.snapshots().mounts(scope, c.snapshotter(), c.snapshotKey())));
  }
}
