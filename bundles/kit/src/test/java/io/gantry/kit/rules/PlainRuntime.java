package io.gantry.kit.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.NotFoundException;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The plainest runtime that keeps the rules: processes under chroot(8), each with a keeper, a script that waits for it and writes down how
 * it ended. All it knows is in files.
 */
class PlainRuntime implements Runtime {
  private static final String KEEPER = """
      #!/bin/sh
      dir=$1; root=$2; shift 2
      echo $$ > "$dir/keeper"
      in=$(cat "$dir/in"); out=$(cat "$dir/out")
      if [ -p "$in" ]; then
        sleep 100000 > "$in" &
        echo $! > "$dir/holder"
      fi
      if [ -e "$dir/terminal" ]; then
        script -q -e -f -c "/bin/sh $dir/inner $dir $root $*" /dev/null < /dev/null >> "$out" 2>&1 &
      else
        chroot "$root" "$@" < "$in" >> "$out" 2>&1 &
        echo $! > "$dir/new" && mv "$dir/new" "$dir/pid"
      fi
      wait $!
      code=$?
      if [ -e "$dir/holder" ]; then kill $(cat "$dir/holder"); fi
      echo "$code $(date +%s%3N)" > "$dir/new" && mv "$dir/new" "$dir/exit"
      """;
  private static final String INNER = """
      dir=$1; root=$2; shift 2
      [ -e "$dir/size" ] && stty cols $(cat "$dir/size")
      echo $$ > "$dir/fresh" && mv "$dir/fresh" "$dir/pid"
      exec chroot "$root" "$@"
      """;
  final Path root;

  PlainRuntime(Path root) {
    this.root = root;
  }

  Path at(TaskId id) {
    return root.resolve(id.container() + (id.exec().isEmpty() ? "" : "+" + id.exec()));
  }

  @Override
  public void create(TaskSpec spec) throws IOException {
    if (Files.exists(at(spec.id()))) throw new AlreadyExistsException("there is a container " + spec.id());
    Path source = Path.of(spec.rootfs().getFirst().source());
    if (!Files.isDirectory(source)) throw new NotFoundException("create " + spec.id() + ": no folder " + source);
    prepare(spec.id(), source, new ObjectMapper().readTree(spec.spec().value()).get("process"), spec.stdio());
  }

  /** Writes down what {@code start} needs. */
  void prepare(TaskId id, Path source, JsonNode process, Stdio stdio) throws IOException {
    List<String> args = new ArrayList<>();
    for (JsonNode a : process.get("args")) args.add(a.asText());
    args.set(0, command(source, args.getFirst()));
    Files.createDirectory(at(id));
    Files.writeString(at(id).resolve("script"), KEEPER);
    Files.writeString(at(id).resolve("inner"), INNER);
    Files.writeString(at(id).resolve("in"), path(stdio.stdin()));
    Files.writeString(at(id).resolve("out"), path(stdio.stdout()));
    if (stdio.terminal()) Files.createFile(at(id).resolve("terminal"));
    if (process.has("consoleSize")) {
      size(id, process.get("consoleSize").get("width").asInt(), process.get("consoleSize").get("height").asInt());
    }
    Files.writeString(at(id).resolve("args"), source + "\n" + String.join("\n", args));
  }

  /** Notes what the terminal begins with. */
  void size(TaskId id, int columns, int rows) throws IOException {
    Files.writeString(at(id).resolve("size"), columns + " rows " + rows);
  }

  /** Of a stream. */
  String path(String uri) {
    return uri.isEmpty() ? "/dev/null" : URI.create(uri).getPath();
  }

  /** Where a command is in a root. */
  String command(Path source, String name) throws IOException {
    String path = name.startsWith("/") ? name : "/bin/" + name;
    Path file = source.resolve(path.substring(1));
    if (!Files.exists(file)) throw new NotFoundException("the command '" + name + "' is not there");
    if (!Files.isExecutable(file)) throw new DeniedException("the command '" + name + "' cannot be executed");
    return path;
  }

  @Override
  public long start(TaskId id) throws IOException {
    Status s = state(id).status();
    if (s != Status.CREATED) throw new ConflictException(id + " is " + s + ", expected CREATED");
    List<String> command = new ArrayList<>(launcher());
    command.addAll(List.of("/bin/sh", at(id).resolve("script").toString(), at(id).toString()));
    command.addAll(Files.readAllLines(at(id).resolve("args")));
    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    until(() -> Files.exists(at(id).resolve("pid")));
    return Long.parseLong(Files.readString(at(id).resolve("pid")).trim());
  }

  /** What makes a process that is not ours. */
  List<String> launcher() {
    return List.of("setsid", "--fork");
  }

  @Override
  public void signal(TaskId id, int signal, boolean all) throws IOException {
    TaskState s = state(id);
    if (s.status() != Status.RUNNING) throw new ConflictException(id + " is not running");
    kill(Integer.toString(signal), List.of(s.pid()));
  }

  static void kill(String signal, List<Long> pids) throws IOException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    pids.forEach(p -> command.add(p.toString()));
    Process p = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    until(() -> !p.isAlive());
  }

  @Override
  public TaskState state(TaskId id) throws IOException {
    try {
      return read(id);
    } catch (NoSuchFileException e) {
      throw gone(id, e);
    }
  }

  /** As it is, unless it is removed meanwhile. */
  TaskState read(TaskId id) throws IOException {
    known(id);
    if (!Files.exists(at(id).resolve("pid"))) {
      known(id); // else it is removed
      return new TaskState(id, Status.CREATED, 0, Optional.empty(), Stdio.NONE);
    }
    long pid = number(id, "pid");
    if (!Files.exists(at(id).resolve("exit"))) {
      if (ProcessHandle.of(number(id, "keeper")).isPresent()) return new TaskState(id, Status.RUNNING, pid, Optional.empty(), Stdio.NONE);
      if (!Files.exists(at(id).resolve("exit"))) lost(id, pid);
    }
    String[] words = Files.readString(at(id).resolve("exit")).strip().split(" ");
    var exit = new TaskState.Exit(Integer.parseInt(words[0]), Instant.ofEpochMilli(Long.parseLong(words[1])));
    return new TaskState(id, Status.STOPPED, 0, Optional.of(exit), Stdio.NONE);
  }

  /** The keeper died. */
  void lost(TaskId id, long pid) throws IOException {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    Files.writeString(at(id).resolve("lost"), lostCode() + " " + System.currentTimeMillis());
    Files.move(at(id).resolve("lost"), at(id).resolve("exit"), StandardCopyOption.ATOMIC_MOVE);
  }

  int lostCode() {
    return 137;
  }

  @Override
  public void delete(TaskId id) throws IOException {
    try {
      if (state(id).status() == Status.RUNNING) throw new ConflictException(id + " is running");
      if (Files.exists(at(id).resolve("keeper"))) { // it ends a moment after it wrote down the exit
        long keeper = number(id, "keeper");
        until(() -> Containers.commandLine(keeper).isEmpty()); // gone, or not yet taken by init
      }
    } catch (NoSuchFileException e) {
      throw gone(id, e);
    }
    remove(id);
  }

  private static NotFoundException gone(TaskId id, NoSuchFileException e) {
    return new NotFoundException("container " + id + " was removed by another", e);
  }

  /** Renamed first, so that one of several callers has it. */
  void remove(TaskId id) throws IOException {
    Path gone = root.resolve(".gone-" + UUID.randomUUID());
    try {
      Files.move(at(id), gone, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      throw gone(id, e);
    }
    try (Stream<Path> files = Files.list(gone)) {
      for (Path f : files.toList()) Files.delete(f);
    }
    Files.delete(gone);
  }

  void known(TaskId id) throws NotFoundException {
    if (!Files.exists(at(id))) throw new NotFoundException("there is no container " + id);
  }

  long number(TaskId id, String file) throws IOException {
    return Long.parseLong(Files.readString(at(id).resolve(file)).strip());
  }

  /** What is so, or not. */
  @FunctionalInterface
  interface Look {
    boolean so() throws IOException;
  }

  static void until(Look look) throws IOException {
    try {
      Threads.await(() -> {
        try {
          return look.so();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }, () -> "a process did not do its part");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
