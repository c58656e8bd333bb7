package io.gantry.kit.rules;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Typed;
import io.gantry.spi.runtime.Bundle;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Limits;
import io.gantry.spi.runtime.OutOfMemory;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Stats;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The plainest runtime that is all it may be: terminals of script(1), a sleeper that holds a FIFO open, SIGSTOP for pause. As the plain one
 * it has no namespaces, so a container's processes are those that descend from its own.
 */
class PlainExtras extends PlainRuntime implements Exec, Terminal, Pause, Processes, Limits, Stats, OutOfMemory, Bundle {
  PlainExtras(Path root) {
    super(root);
  }

  @Override
  public void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    TaskId container = TaskId.of(id.namespace(), id.container());
    living(container);
    if (Files.exists(at(id))) throw new AlreadyExistsException("there is a process " + id);
    prepare(id, source(container), new ObjectMapper().readTree(process.value()), stdio);
  }

  void living(TaskId container) throws IOException {
    expect(container, Status.RUNNING);
  }

  Path source(TaskId container) throws IOException {
    return Path.of(Files.readAllLines(at(container).resolve("args")).getFirst());
  }

  @Override
  public TaskState state(TaskId id) throws IOException {
    TaskState s = super.state(id);
    boolean paused = s.status() == Status.RUNNING && paused(id);
    return paused ? new TaskState(id, Status.PAUSED, s.pid(), s.exit(), s.stdio()) : s;
  }

  boolean paused(TaskId id) {
    return Files.exists(root.resolve(id.container()).resolve("paused"));
  }

  @Override
  public void delete(TaskId id) throws IOException {
    if (state(id).status() == Status.PAUSED) throw new ConflictException(id + " is paused");
    List<TaskId> added = id.exec().isEmpty() ? added(id) : List.of();
    super.delete(id);
    if (id.exec().isEmpty()) {
      Files.deleteIfExists(cgroup(id));
      Files.deleteIfExists(memory(id));
    }
    for (TaskId a : added) {
      if (state(a).status() == Status.RUNNING) kill("9", List.of(state(a).pid()));
      until(() -> state(a).status() != Status.RUNNING);
      drop(a);
    }
  }

  void drop(TaskId added) throws IOException {
    super.delete(added);
  }

  List<TaskId> added(TaskId container) throws IOException {
    String prefix = container.container() + "+";
    try (Stream<Path> all = Files.list(root)) {
      return all.map(p -> p.getFileName().toString()).filter(n -> n.startsWith(prefix))
          .map(n -> container.withExec(n.substring(prefix.length()))).toList();
    }
  }

  @Override
  public void resize(TaskId id, int columns, int rows) throws IOException {
    TaskState s = state(id);
    if (!Files.exists(at(id).resolve("terminal"))) return;
    if (s.status() == Status.CREATED) size(id, columns, rows);
    else if (s.pid() != 0) command("stty", "-F", "/proc/" + s.pid() + "/fd/0", "cols", "" + columns, "rows", "" + rows);
  }

  private static void command(String... words) throws IOException {
    Process p = new ProcessBuilder(words).inheritIO().start();
    until(() -> !p.isAlive());
  }

  @Override
  public void closeInput(TaskId id) throws IOException {
    known(id);
    if (Files.exists(at(id).resolve("holder"))) kill("9", List.of(number(id, "holder")));
  }

  @Override
  public void pause(TaskId container) throws IOException {
    expect(container, Status.RUNNING);
    Files.createFile(at(container).resolve("paused"));
    stop(pids(container));
  }

  void stop(List<Long> pids) throws IOException {
    kill("STOP", pids);
  }

  @Override
  public void resume(TaskId container) throws IOException {
    expect(container, Status.PAUSED);
    kill("CONT", pids(container));
    Files.delete(at(container).resolve("paused"));
  }

  private void expect(TaskId id, Status wanted) throws IOException {
    Status s = state(id).status();
    if (s != wanted) throw new ConflictException(id + " is " + s + ", expected " + wanted);
  }

  @Override
  public void signal(TaskId id, int signal, boolean all) throws IOException {
    if (all && state(id).status() == Status.RUNNING) kill(Integer.toString(signal), pids(id));
    else super.signal(id, signal, all);
  }

  @Override
  public List<Long> pids(TaskId container) throws IOException {
    List<TaskId> all = new ArrayList<>(List.of(container));
    known(container);
    all.addAll(added(container));
    List<Long> pids = new ArrayList<>();
    for (TaskId id : all) {
      ProcessHandle.of(state(id).pid()).ifPresent(p -> Stream.concat(Stream.of(p), p.descendants()).forEach(d -> pids.add(d.pid())));
    }
    return pids;
  }

  /** Made by the first {@code update}. */
  private Path cgroup(TaskId container) {
    Path pids = Path.of("/sys/fs/cgroup/pids");
    Path all = Files.isDirectory(pids) ? pids : pids.getParent();
    return all.resolve(root.getParent().getFileName() + "-plain-" + container.container());
  }

  @Override
  public void update(TaskId container, Typed resources) throws IOException {
    expect(container, Status.RUNNING);
    JsonNode limit = document(resources).path("pids").path("limit");
    Files.createDirectories(cgroup(container));
    for (long pid : pids(container)) Files.writeString(cgroup(container).resolve("cgroup.procs"), Long.toString(pid));
    if (!limit.isMissingNode()) Files.writeString(cgroup(container).resolve("pids.max"), limit.asText());
  }

  JsonNode document(Typed resources) throws IOException {
    try {
      JsonNode all = new ObjectMapper().readTree(resources.value());
      if (all.isObject()) return all;
    } catch (JacksonException e) {
      throw new InvalidException("no JSON: " + e.getOriginalMessage(), e);
    }
    throw new InvalidException("no object");
  }

  @Override
  public Typed stats(TaskId container) throws IOException {
    expect(container, Status.RUNNING);
    StringBuilder all = new StringBuilder();
    for (String file : List.of("stat", "schedstat")) all.append(Files.readString(Path.of("/proc/" + state(container).pid(), file)));
    return new Typed("plain.Stats", all.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Path memory(TaskId container) {
    Path memory = Path.of("/sys/fs/cgroup/memory");
    Path all = Files.isDirectory(memory) ? memory : memory.getParent();
    return all.resolve(root.getParent().getFileName() + "-plain-" + container.container() + "-memory");
  }

  @Override
  public void create(TaskSpec spec) throws IOException {
    super.create(spec);
    Files.write(at(spec.id()).resolve("config.json"), spec.spec().value());
    JsonNode limit = new ObjectMapper().readTree(spec.spec().value()).path("linux").path("resources").path("memory").path("limit");
    if (limit.isMissingNode()) return;
    Path group = Files.createDirectories(memory(spec.id()));
    Path v1 = group.resolve("memory.limit_in_bytes");
    Files.writeString(Files.exists(v1) ? v1 : group.resolve("memory.max"), limit.asText());
  }

  @Override
  public long start(TaskId id) throws IOException {
    long pid = super.start(id);
    if (id.exec().isEmpty() && Files.exists(memory(id))) {
      Files.writeString(memory(id).resolve("cgroup.procs"), Long.toString(pid));
    }
    return pid;
  }

  @Override
  public Path bundle(TaskId container) throws IOException {
    known(container);
    return at(container).toAbsolutePath();
  }

  @Override
  public long killed(TaskId container) throws IOException {
    known(container);
    for (String file : List.of("memory.events", "memory.oom_control")) {
      Path counts = memory(container).resolve(file);
      if (!Files.exists(counts)) continue;
      for (String line : Files.readAllLines(counts)) if (line.startsWith("oom_kill ")) return Long.parseLong(line.split(" ")[1]);
    }
    return 0;
  }
}
