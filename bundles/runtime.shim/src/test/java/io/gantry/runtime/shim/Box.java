package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.MountInfo;
import io.gantry.linux.Names;
import io.gantry.linux.Self;
import io.gantry.linux.Trees;
import io.gantry.oci.json.Json;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A folder with a root file system of busybox in it, and what a test needs to run it. Counts what is left at its end. */
final class Box implements AutoCloseable {
  static final String SPEC = "types.containerd.io/opencontainers/runtime-spec/1/";
  final Path dir;
  final Path state;
  final Path rootfs;
  final Settings settings;

  /** Over a folder that may be there already. */
  Box(Path dir, Settings settings) throws IOException {
    this.dir = dir;
    this.state = Files.createDirectories(dir.resolve("state"));
    this.rootfs = Files.createDirectories(dir.resolve("rootfs"));
    this.settings = settings;
  }

  /** Skips the test where it cannot run, and says why. */
  static Box open() throws IOException {
    assumeTrue(Self.isRoot(), "skipped: containers need root");
    Programs programs = new Programs(System.getenv());
    Path busybox = null;
    Settings settings = null;
    try {
      settings = Settings.find(programs, "", "", Duration.ofSeconds(30), Duration.ofSeconds(10));
      busybox = programs.find("busybox", "PATH", "");
    } catch (NotFoundException e) {
      assumeTrue(false, "skipped: " + e.getMessage());
    }
    Box box = new Box(Files.createTempDirectory("shim"), settings);
    box.fill(busybox);
    return box;
  }

  private void fill(Path busybox) throws IOException {
    Path bin = Files.createDirectory(rootfs.resolve("bin"));
    Files.copy(busybox, bin.resolve("busybox"));
    for (String name : List.of("sh", "sleep", "echo", "cat", "true", "kill", "id", "stty")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    for (String name : List.of("proc", "dev", "sys", "tmp", "etc")) Files.createDirectory(rootfs.resolve(name));
    Files.writeString(rootfs.resolve("etc/plain"), "no program\n");
    Files.write(rootfs.resolve("etc/garbage"), new byte[] {1, 2, 3, 4});
    Files.setPosixFilePermissions(rootfs.resolve("etc/garbage"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A new instance of the driver, as after a swap. */
  Shim driver() {
    return new Shim(state, settings);
  }

  /** One that waits for a shim's answers no longer than this. */
  Shim driver(Duration call) {
    return new Shim(state, new Settings(settings.shim(), settings.runc(), settings.idle(), settings.path(), settings.create(), call));
  }

  /** Another manager over this box, in a process of its own: a {@code main} that {@link #of} gives the box to. */
  Process manager(Class<?> main) throws IOException {
    return new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "-cp",
        System.getProperty("java.class.path"), main.getName(), dir.toString(), settings.shim().toString(), settings.runc().toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** @param args of {@link #manager} */
  static Box of(String[] args) throws IOException {
    return new Box(Path.of(args[0]), Settings.find(new Programs(System.getenv()), args[1], args[2], Duration.ofSeconds(30),
        Duration.ofSeconds(10)));
  }

  TaskFolder folder(TaskId id) {
    return new TaskFolder(state.resolve("task"), id);
  }

  TaskId id(String name) {
    return TaskId.of("test", name);
  }

  /** A container over the root file system. */
  TaskSpec spec(TaskId id, Stdio stdio, String... args) {
    return new TaskSpec(id, document(id, stdio.terminal(), rootfs.toString(), args), List.of(), stdio, Optional.empty());
  }

  /** One of at most 32 MiB. @param before what the path of its cgroup begins with: a slash, or nothing for one that runc places */
  TaskSpec limited(TaskId id, String before, String... args) {
    Typed whole = document(id, false, rootfs.toString(), args);
    String document = new String(whole.value(), StandardCharsets.UTF_8).replace("\"/" + cgroup(id) + "\"", "\"" + before + cgroup(id)
        + "\",\"resources\":{\"memory\":{\"limit\":" + (32 << 20) + "}}");
    return new TaskSpec(id, new Typed(whole.typeUrl(), document.getBytes(StandardCharsets.UTF_8)), List.of(), Stdio.NONE, Optional.empty());
  }

  /** The same, whose root file system the shim mounts. */
  TaskSpec mounted(TaskId id, List<Mount> mounts, Stdio stdio, String... args) {
    return new TaskSpec(id, document(id, stdio.terminal(), "rootfs", args), mounts, stdio, Optional.empty());
  }

  Typed process(boolean terminal, String... args) {
    return new Typed(SPEC + "Process", Json.bytes(processMap(terminal, args)));
  }

  String cgroup(TaskId id) {
    return "gantry-" + dir.getFileName() + "--" + id.container();
  }

  private Typed document(TaskId id, boolean terminal, String root, String... args) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("ociVersion", "1.0.2");
    map.put("process", processMap(terminal, args));
    map.put("root", Map.of("path", root));
    List<Object> mounts = new ArrayList<>();
    mounts.add(Map.of("destination", "/proc", "type", "proc", "source", "proc"));
    mounts.add(Map.of("destination", "/dev", "type", "tmpfs", "source", "tmpfs", "options", List.of("mode=755", "size=65536k")));
    mounts.add(Map.of("destination", "/dev/pts", "type", "devpts", "source", "devpts", "options", List.of("newinstance", "ptmxmode=0666")));
    map.put("mounts", mounts);
    List<Object> namespaces = new ArrayList<>();
    for (String n : List.of("pid", "ipc", "uts", "mount", "network")) namespaces.add(Map.of("type", n));
    map.put("linux", Map.of("namespaces", namespaces, "cgroupsPath", "/" + cgroup(id)));
    return new Typed(SPEC + "Spec", Json.bytes(map));
  }

  private static Map<String, Object> processMap(boolean terminal, String... args) {
    List<String> caps = List.of("CAP_KILL", "CAP_CHOWN");
    return Map.of("terminal", terminal, "user", Map.of("uid", 0, "gid", 0), "args", List.of(args), "env", List.of("PATH=/bin"), "cwd", "/",
        "capabilities", Map.of("bounding", caps, "permitted", caps, "effective", caps));
  }

  Stdio toFile(String name) {
    String uri = "file://" + dir.resolve(name).toUri().getRawPath();
    return new Stdio("", uri, uri, false);
  }

  String read(String name) throws IOException {
    return Files.readString(dir.resolve(name));
  }

  /** Polls, as core would watch the pid. */
  static TaskState ended(Shim driver, TaskId id) throws Exception {
    return await(() -> driver.state(id), s -> s.exit().isPresent());
  }

  interface Look<R> {
    R look() throws Exception;
  }

  static <R> R await(Look<R> look, java.util.function.Predicate<R> wanted) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    R last = look.look();
    while (!wanted.test(last) && System.nanoTime() < end) {
      Thread.sleep(10);
      last = look.look();
    }
    if (!wanted.test(last)) throw new AssertionError("not within 20 s; last seen: " + last);
    return last;
  }

  /** What containers of this box have on the host: processes of shims, mounts, cgroups, sockets, folders. */
  List<String> left() throws IOException {
    var left = new TreeSet<String>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path p : processes.filter(p -> Character.isDigit(p.getFileName().toString().charAt(0))).toList()) {
        String command = commandLine(p);
        if (command.contains(state.toString()) && !command.contains("java")) left.add("process " + p.getFileName() + ": " + command);
      }
    }
    for (MountInfo m : MountInfo.read()) {
      if (Names.show(m.target()).startsWith(dir.toString())) left.add("mount " + Names.show(m.target()));
    }
    for (Path top : List.of(Path.of("/sys/fs/cgroup"), Path.of("/sys/fs/cgroup/memory"), Path.of("/sys/fs/cgroup/systemd"))) {
      if (!Files.isDirectory(top)) continue;
      try (Stream<Path> groups = Files.list(top)) {
        groups.filter(g -> g.getFileName().toString().startsWith("gantry-" + dir.getFileName() + "--"))
            .forEach(g -> left.add("cgroup " + g));
      }
    }
    if (Files.isDirectory(state)) {
      try (Stream<Path> files = Files.walk(state)) {
        files.filter(f -> f.getNameCount() > state.getNameCount() + 2).map(f -> "file " + f).forEach(left::add);
      }
    }
    return List.copyOf(left);
  }

  private static String commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline"), java.nio.charset.StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException ended) {
      return "";
    }
  }

  /** Clears away also what a failed test left. */
  @Override
  public void close() throws IOException {
    Path tasks = state.resolve("task/test");
    if (Files.isDirectory(tasks)) {
      String[] names;
      try (Stream<Path> all = Files.list(tasks)) {
        names = all.map(p -> p.getFileName().toString()).toArray(String[]::new);
      }
      ShimCommand command = new ShimCommand(settings, state.resolve("events.sock"));
      for (String name : names) new Remains(command).clear(new TaskFolder(state.resolve("task"), id(name)));
    }
    List<String> left = left();
    try (Fd parent = Fd.open(dir.getParent())) {
      Trees.remove(parent, Names.of(dir.getFileName().toString()), Budget.unlimited());
    }
    if (!left.isEmpty()) throw new AssertionError("left behind: " + left);
  }

}
