package io.gantry.runtime.shim;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.linux.Fd;
import io.gantry.oci.json.Json;
import io.gantry.spi.runtime.Bundle;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Limits;
import io.gantry.spi.runtime.OutOfMemory;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stats;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Containers as children of a shim each. The driver keeps nothing in memory, no connection and no thread: each call reads the container's
 * folder and connects anew, which takes a fraction of a millisecond. So an instance may go at any time, and two may work side by side.
 */
final class Shim implements Runtime, Exec, Terminal, Pause, Processes, Limits, Stats, OutOfMemory, Bundle {
  static final Path HIERARCHIES = Path.of("/sys/fs/cgroup");

  /** How long a shim that is on its way out may take. */
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final Settings settings;
  private final Path tasks;
  private final Path runcRoot;
  private final ShimCommand command;
  private final Remains remains;

  /** @param state folder of this instance */
  Shim(Path state, Settings settings) {
    this.settings = settings;
    this.tasks = state.resolve("task");
    this.runcRoot = state.resolve("runc");
    this.command = new ShimCommand(settings, state.resolve("events.sock"));
    this.remains = new Remains(command);
  }

  /** Work with a container's shim. */
  @FunctionalInterface
  private interface Call<R> {
    R with(ShimClient shim) throws IOException;
  }

  @Override
  public void create(TaskSpec spec) throws IOException {
    if (!spec.id().exec().isEmpty()) throw new IllegalArgumentException(spec.id() + " is an exec; create takes containers");
    TaskFolder folder = new TaskFolder(tasks, spec.id());
    if (!folder.exists()) Cgroup.requireFree(HIERARCHIES, spec.id(), spec.spec().value());
    folder.make(spec.spec().value());
    try {
      launch(folder, spec);
    } catch (IOException | RuntimeException e) {
      try {
        remains.clear(folder); // T-4
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  private void launch(TaskFolder folder, TaskSpec spec) throws IOException {
    TaskId id = spec.id();
    Streams.makeFiles(spec.stdio());
    ShimAddress address = command.start(folder);
    try (ShimClient shim = ShimClient.connect(address, settings.call())) {
      folder.note(new TaskFolder.Note(address, Keeper.of(shim.shimPid(id)), spec.stdio()));
      Typed options = RuncOptions.of(runcRoot, settings.runc(), spec.options());
      shim.create(id, folder.dir(), spec.rootfs(), Streams.forShim(spec.stdio(), (stream, target) -> folder.link(id, stream, target)),
          options, settings.create());
    } catch (TtrpcException e) {
      throw Failure.ofCommand("create container " + id, e);
    } catch (UnavailableException e) {
      throw new UnavailableException("create container " + id + ": " + e.getMessage() + "; the shim's log ends with: " + folder.logTail(),
          e);
    }
  }

  @Override
  public long start(TaskId id) throws IOException {
    try {
      return ask(id, shim -> shim.start(id, settings.create()));
    } catch (TtrpcException e) {
      throw Failure.ofCommand("start " + words(id), e);
    }
  }

  @Override
  public void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    if (id.exec().isEmpty()) throw new IllegalArgumentException(id + " has no exec id");
    TaskFolder folder = new TaskFolder(tasks, id);
    tell("add " + words(id), id, shim -> {
      try (Fd lock = folder.lockExecs(settings.call())) {
        add(shim, folder, id, process, stdio);
      }
    });
  }

  /**
   * The note is there before the shim has the process, so that a kill at any moment leaves none that nobody knows (T-2). A note alone tells
   * nothing: for {@link #state} the shim's word counts.
   */
  private static void add(ShimClient shim, TaskFolder folder, TaskId id, Typed process, Stdio stdio) throws IOException {
    while (!folder.noteExec(id, stdio)) {
      if (known(shim, id)) throw new AlreadyExistsException("add " + words(id) + ": there is one of that id; choose another, or delete it");
      folder.forgetExec(id); // whoever wrote it was killed before the shim got the process, or after it was removed
    }
    try {
      Streams.makeFiles(stdio);
      shim.exec(id, process, Streams.forShim(stdio, (stream, target) -> folder.link(id, stream, target)));
    } catch (TtrpcException e) {
      // without an answer the shim may have it, and with this one it has one that an older driver did not note
      if (e.code() != TtrpcException.ALREADY_EXISTS) folder.forgetExec(id);
      throw e;
    }
  }

  private static boolean known(ShimClient shim, TaskId exec) throws IOException {
    try {
      shim.state(exec);
      return true;
    } catch (TtrpcException e) {
      if (e.code() == TtrpcException.NOT_FOUND) return false;
      throw e;
    }
  }

  @Override
  public TaskState state(TaskId id) throws IOException {
    TaskFolder folder = new TaskFolder(tasks, id);
    try {
      return state(id, folder);
    } catch (IOException e) {
      throw unlessRemoved(folder, e);
    }
  }

  /** Another caller may remove it at any moment: what a call then stumbles over means that it is not there. */
  private static IOException unlessRemoved(TaskFolder folder, IOException e) {
    if (e instanceof NotFoundException || folder.exists()) return e;
    return removed(folder, e);
  }

  private static NotFoundException removed(TaskFolder folder, IOException cause) {
    return new NotFoundException("the runtime has no container " + folder.id() + " any more: another caller had it deleted meanwhile",
        cause);
  }

  private TaskState state(TaskId id, TaskFolder folder) throws IOException {
    Optional<TaskFolder.Note> note = folder.note();
    if (note.isEmpty()) return new TaskState(id, Status.UNKNOWN, 0, Optional.empty(), Stdio.NONE);
    Stdio stdio = id.exec().isEmpty() ? note.get().stdio() : folder.execStdio(id)
        .orElseThrow(() -> new NotFoundException("no " + words(id)));
    Optional<ShimClient> reached = reach(folder, note.get());
    if (reached.isEmpty()) return settled(id, folder, stdio);
    try (ShimClient shim = reached.get()) {
      TaskState s = shim.state(id);
      return new TaskState(id, s.status(), s.pid(), s.exit(), stdio);
    } catch (TtrpcException e) {
      if (e.code() != TtrpcException.NOT_FOUND) throw Failure.of("state of " + words(id), e);
      if (!id.exec().isEmpty()) throw new NotFoundException("no " + words(id), e);
      return new TaskState(id, Status.UNKNOWN, 0, Optional.empty(), stdio); // its creation or removal was cut off
    } catch (UnavailableException e) {
      settleIfDead(folder, note.get(), e);
      return settled(id, folder, stdio);
    }
  }

  /** Of a container whose end is noted, unless another caller, who saw the note before, has removed it with its container. */
  private static TaskState settled(TaskId id, TaskFolder folder, Stdio stdio) throws IOException {
    Optional<Exit> exit = folder.exit();
    if (exit.isEmpty()) throw removed(folder, null);
    return new TaskState(id, Status.STOPPED, 0, exit, stdio);
  }

  @Override
  public void signal(TaskId id, int signal, boolean all) throws IOException {
    String doing = "send signal " + signal + " to " + words(id);
    try {
      ask(id, shim -> {
        shim.kill(id, signal, all);
        return true;
      });
    } catch (TtrpcException e) {
      if (e.code() == TtrpcException.NOT_FOUND && state(id).status() == Status.STOPPED) {
        throw new ConflictException(doing + ": it has ended", e);
      }
      throw Failure.of(doing, e);
    }
  }

  @Override
  public void delete(TaskId id) throws IOException {
    TaskState state = state(id);
    if (state.status() == Status.RUNNING || state.status() == Status.PAUSED) {
      throw new ConflictException("delete " + words(id) + ": it is " + state.status().name().toLowerCase(Locale.ROOT) + "; kill it first");
    }
    TaskFolder folder = new TaskFolder(tasks, id);
    try {
      Optional<TaskFolder.Note> note = folder.note();
      Optional<ShimClient> reached = note.isEmpty() ? Optional.empty() : reach(folder, note.get());
      if (id.exec().isEmpty()) deleteTask(folder, note, reached);
      else deleteExec(id, folder, reached);
    } catch (IOException e) {
      throw unlessRemoved(folder, e);
    }
  }

  private void deleteTask(TaskFolder folder, Optional<TaskFolder.Note> note, Optional<ShimClient> reached) throws IOException {
    if (reached.isEmpty()) {
      if (folder.exit().isEmpty()) remains.clear(folder);
      else remains.tidy(folder, note.orElseThrow());
      return;
    }
    TaskId id = folder.id();
    try (ShimClient shim = reached.get()) {
      shim.delete(id);
      shutdown(shim, id);
    } catch (TtrpcException e) {
      if (e.code() != TtrpcException.NOT_FOUND) throw Failure.of("delete container " + id, e);
      remains.clear(folder);
      return;
    } catch (UnavailableException e) {
      if (!note.orElseThrow().keeper().ends(FAREWELL)) throw e;
      remains.clear(folder); // another caller told it to end
      return;
    }
    remains.tidy(folder, note.orElseThrow());
  }

  private void deleteExec(TaskId id, TaskFolder folder, Optional<ShimClient> reached) throws IOException {
    if (reached.isEmpty()) {
      folder.forgetExec(id);
      return;
    }
    try (ShimClient shim = reached.get()) {
      deleteKnown(shim, id);
      try (Fd lock = folder.lockExecs(settings.call())) {
        if (!known(shim, id)) folder.forgetExec(id); // else another caller has added it anew
      }
    } catch (TtrpcException e) {
      throw Failure.of("delete " + words(id), e);
    }
  }

  /** Not under the lock: it waits for what the process has still to write. */
  private static void deleteKnown(ShimClient shim, TaskId exec) throws IOException {
    try {
      shim.delete(exec);
    } catch (TtrpcException e) {
      if (e.code() != TtrpcException.NOT_FOUND) throw e;
    }
  }

  /** The shim ends, and its answer with it; whether it did is looked at afterwards. */
  private static void shutdown(ShimClient shim, TaskId id) throws IOException {
    try {
      shim.shutdown(id);
    } catch (UnavailableException gone) {
      return;
    }
  }

  @Override
  public void resize(TaskId id, int columns, int rows) throws IOException {
    tell("resize the terminal of " + words(id), id, shim -> shim.resize(id, columns, rows));
  }

  @Override
  public void closeInput(TaskId id) throws IOException {
    tell("close the input of " + words(id), id, shim -> shim.closeInput(id));
  }

  @Override
  public void pause(TaskId id) throws IOException {
    tell("pause " + words(id), id, shim -> shim.pause(id));
  }

  @Override
  public void resume(TaskId id) throws IOException {
    tell("resume " + words(id), id, shim -> shim.resume(id));
  }

  @Override
  public List<Long> pids(TaskId id) throws IOException {
    try {
      return ask(id, shim -> shim.pids(id));
    } catch (TtrpcException | ConflictException e) {
      Status s = state(id).status();
      if (s == Status.STOPPED || s == Status.UNKNOWN) return List.of(); // T-15; a runtime may fail where it is just removed
      throw e instanceof TtrpcException t ? Failure.of("list the processes of " + words(id), t) : e;
    }
  }

  /** A shim looks at the document alone, and its runtime says nothing of a container that has ended. */
  @Override
  public void update(TaskId id, Typed resources) throws IOException {
    String doing = "change the limits of " + words(id);
    Json.object(resources.value(), "the resources for " + words(id));
    Status s = state(id).status();
    if (s == Status.STOPPED || s == Status.UNKNOWN) throw new ConflictException(doing + ": it is " + s.name().toLowerCase(Locale.ROOT));
    tell(doing, id, shim -> shim.update(id, resources));
  }

  @Override
  public Typed stats(TaskId id) throws IOException {
    try {
      return ask(id, shim -> shim.stats(id));
    } catch (TtrpcException e) {
      Status s = state(id).status();
      if (s == Status.STOPPED || s == Status.UNKNOWN) throw new ConflictException(words(id) + " uses nothing: it has ended", e);
      throw Failure.of("tell what " + words(id) + " uses", e);
    }
  }

  /** Where the cgroup is known by its path, without asking the shim: core asks often. */
  @Override
  public long killed(TaskId id) throws IOException {
    TaskFolder folder = new TaskFolder(tasks, id);
    folder.note(); // there is such a container
    Optional<byte[]> spec = folder.spec();
    OptionalLong counted = spec.isEmpty() ? OptionalLong.empty() : Cgroup.killed(HIERARCHIES, id, spec.get());
    if (counted.isPresent()) return counted.getAsLong();
    try {
      return OomKills.of(ask(id, shim -> shim.stats(id)));
    } catch (TtrpcException | ConflictException e) {
      return 0; // it has no cgroup yet, or no more
    }
  }

  @Override
  public Path bundle(TaskId id) throws IOException {
    TaskFolder folder = new TaskFolder(tasks, id);
    folder.note(); // there is such a container
    return folder.dir().toAbsolutePath();
  }

  /** A call without an answer. */
  @FunctionalInterface
  private interface Order {
    void to(ShimClient shim) throws IOException;
  }

  private void tell(String doing, TaskId id, Order order) throws IOException {
    try {
      ask(id, shim -> {
        order.to(shim);
        return true;
      });
    } catch (TtrpcException e) {
      throw Failure.of(doing, e);
    }
  }

  private <R> R ask(TaskId id, Call<R> call) throws IOException {
    TaskFolder folder = new TaskFolder(tasks, id);
    try {
      TaskFolder.Note note = folder.note().orElseThrow(() -> new ConflictException(words(id) + " was never made whole; delete it"));
      try (ShimClient shim = reach(folder, note).orElseThrow(() -> ended(id, null))) {
        return call.with(shim);
      } catch (UnavailableException e) {
        settleIfDead(folder, note, e);
        throw ended(id, e);
      }
    } catch (IOException e) {
      throw unlessRemoved(folder, e);
    }
  }

  private static ConflictException ended(TaskId id, IOException cause) {
    return new ConflictException(words(id) + " has ended: its shim died", cause);
  }

  /** Where the shim went while it was asked, its container is brought to an end; else that is what is wrong. */
  private void settleIfDead(TaskFolder folder, TaskFolder.Note note, UnavailableException e) throws IOException {
    if (!note.keeper().ends(FAREWELL)) throw e;
    remains.settle(folder, note.address());
  }

  /** A connection to the shim; empty where it died, after its container was brought to an end. */
  private Optional<ShimClient> reach(TaskFolder folder, TaskFolder.Note note) throws IOException {
    if (folder.exit().isPresent()) return Optional.empty();
    try {
      return Optional.of(ShimClient.connect(folder.id(), note, settings.call()));
    } catch (IOException e) {
      if (!note.keeper().ends(FAREWELL)) {
        throw new UnavailableException(note.address().socket() + " cannot be reached: " + e.getMessage() + "; the shim of " + folder.id()
            + ", " + note.keeper().advice(), e);
      }
      remains.settle(folder, note.address());
      return Optional.empty();
    }
  }

  private static String words(TaskId id) {
    return id.exec().isEmpty() ? "container " + id : "process " + id.exec() + " of container " + id.namespace() + "/" + id.container();
  }
}
