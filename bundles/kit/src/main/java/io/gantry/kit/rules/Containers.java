package io.gantry.kit.rules;

import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Programs;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the rules of {@link Runtime} share: a root file system of busybox, documents, and a look at what is left on the host. */
final class Containers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  /** The size that documents tell of terminals. */
  static final int COLUMNS = 132;
  static final int ROWS = 43;
  /** Of cgroups v1. */
  private static final Path MEMORY = Path.of("/sys/fs/cgroup/memory");
  private final Trial<Runtime> t;
  private final Path rootfs;
  private final List<TaskId> ids = new ArrayList<>();
  private final List<ProcessHandle> processes = new ArrayList<>();

  Containers(Trial<Runtime> t) throws Exception {
    this.t = t;
    t.need(Tree.isRoot(), "containers need root");
    Optional<Path> busybox = Programs.find("busybox");
    t.need(busybox.isPresent(), "no busybox in the PATH; root file systems are made of it");
    t.driver(); // so that one that cannot be opened fails before anything is made
    rootfs = t.scratch("rootfs");
    for (Path open : List.of(rootfs, rootfs.getParent())) Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path bin = Files.createDirectory(rootfs.resolve("bin"));
    Files.copy(busybox.get(), bin.resolve("busybox"));
    for (String name : List.of("sh", "sleep", "true", "cat", "stty")) Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    for (String name : List.of("proc", "dev", "etc")) Files.createDirectory(rootfs.resolve(name));
    Files.writeString(rootfs.resolve("etc/plain"), "no program\n");
    script("ends", "sleep $1; exit $2");
    script("says", "echo $1; exit $2");
    script("counts", "i=0; while true; do i=$((i + 1)); echo $i; sleep 0.02; done");
    script("sizes", "while true; do stty size; sleep 0.02; done");
    script("repeats", "read line; echo \"$line\"");
    script("family", "sleep 1000 | sleep 1000");
    script("hungry",
        "until [ -e /child ]; do sleep 0.02; done; (x=x; while true; do x=$x$x; done); until [ -e /self ]; do sleep 0.02; done;"
        + " x=x; while true; do x=$x$x; done");
    t.keep(this);
  }

  private void script(String name, String body) throws IOException {
    Path script = Files.writeString(rootfs.resolve("bin").resolve(name), "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  TaskId id(String name) {
    return TaskId.of("kit", name);
  }

  TaskSpec spec(String name, String... args) {
    return spec(name, rootfs, args);
  }

  TaskSpec spec(String name, Stdio stdio, String... args) {
    return spec(name, rootfs, stdio, args);
  }

  /** @param source of the root's bind mount */
  TaskSpec spec(String name, Path source, String... args) {
    return spec(name, source, Stdio.NONE, args);
  }

  /** {@code /bin/hungry}, of at most 32 MiB: takes more than it may in a child, and then itself, each when it is {@link #feed told to}. */
  TaskSpec hungry(String name) {
    long limit = 32 << 20;
    boolean swap = !Files.exists(MEMORY) || Files.exists(MEMORY.resolve("memory.memsw.limit_in_bytes"));
    String memory = "\"limit\":" + limit + (swap ? ",\"swap\":" + limit : "");
    return spec(name, rootfs, Stdio.NONE, ",\"resources\":{\"memory\":{" + memory + "}}", new String[] {"/bin/hungry"});
  }

  /** @param whom {@code child} or {@code self} */
  void feed(String whom) throws IOException {
    Files.createFile(rootfs.resolve(whom));
  }

  /** Skips what needs a limit of memory where the kernel keeps none. */
  static void needMemoryLimits(Trial<?> t) throws Exception {
    Path v2 = Path.of("/sys/fs/cgroup/cgroup.subtree_control");
    boolean limits = Files.exists(MEMORY.resolve("memory.oom_control")) || Files.exists(v2) && Files.readString(v2).contains("memory");
    t.need(limits, "no cgroup of this kernel limits memory");
  }

  private TaskSpec spec(String name, Path source, Stdio stdio, String... args) {
    return spec(name, source, stdio, "", args);
  }

  /** @param more members of the document's {@code linux}, each after a comma */
  private TaskSpec spec(String name, Path source, Stdio stdio, String more, String[] args) {
    TaskId id = id(name);
    ids.add(id);
    String namespaces = Stream.of("pid", "ipc", "uts", "mount", "network").map(n -> "{\"type\":\"" + n + "\"}")
        .collect(Collectors.joining(","));
    String mounts = mount("/proc", "proc");
    if (stdio.terminal()) mounts += "," + mount("/dev", "tmpfs") + "," + mount("/dev/pts", "devpts", "newinstance", "ptmxmode=0666");
    String document = "{\"ociVersion\":\"1.0.2\",\"process\":" + document(stdio, args) + ",\"root\":{\"path\":\"rootfs\"},\"mounts\":["
        + mounts + "],\"linux\":{\"cgroupsPath\":\"/" + cgroup(name) + "\",\"namespaces\":[" + namespaces + "]" + more + "}}";
    return new TaskSpec(id, typed("Spec", document), List.of(new Mount("bind", source.toString(), "", List.of("rbind", "rw"))), stdio,
        Optional.empty());
  }

  private static String mount(String destination, String type, String... options) {
    return "{\"destination\":\"" + destination + "\",\"type\":\"" + type + "\",\"source\":\"" + type + "\",\"options\":[" + words(options)
        + "]}";
  }

  private static String words(String... texts) {
    return Stream.of(texts).map(a -> '"' + a.replace("\"", "\\\"") + '"').collect(Collectors.joining(","));
  }

  private static String document(Stdio stdio, String... args) {
    String size = stdio.terminal() ? ",\"consoleSize\":{\"height\":" + ROWS + ",\"width\":" + COLUMNS + "}" : "";
    return "{\"terminal\":" + stdio.terminal() + size + ",\"user\":{\"uid\":0,\"gid\":0},\"args\":[" + words(args)
        + "],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"}";
  }

  private static Typed typed(String what, String json) {
    return new Typed("types.containerd.io/opencontainers/runtime-spec/1/" + what, json.getBytes(StandardCharsets.UTF_8));
  }

  /** The document of a process to be added. */
  Typed process(Stdio stdio, String... args) {
    return typed("Process", document(stdio, args));
  }

  /** A document of limits. */
  static Typed resources(String json) {
    return typed("LinuxResources", json);
  }

  /** How many processes the kernel allows where this one is. */
  static String processLimit(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      String[] words = line.split(":", 3);
      if (!words[1].isEmpty() && !List.of(words[1].split(",")).contains("pids")) continue;
      Path limit = Path.of("/sys/fs/cgroup", words[1], words[2], "pids.max");
      if (Files.exists(limit)) return Files.readString(limit).strip();
    }
    return "no cgroup that limits them";
  }

  /** Both streams into a file, from a FIFO where one is given. */
  Stdio into(Path file, Optional<Path> fifo, boolean terminal) {
    String out = "file://" + file.toUri().getRawPath();
    return new Stdio(fifo.map(f -> "fifo://" + f.toUri().getRawPath()).orElse(""), out, terminal ? "" : out, terminal);
  }

  /** A file for what a process writes. */
  Path file(String name) throws IOException {
    return Files.createFile(t.scratch("out").resolve(name));
  }

  private String cgroup(String name) {
    return t.root().getParent().getFileName() + "-" + name;
  }

  /** Creates and starts; answers the state in which it runs. */
  TaskState run(String name, String... args) throws Exception {
    t.driver().create(spec(name, args));
    t.driver().start(id(name));
    return running(name);
  }

  TaskState running(String name) throws Exception {
    return running(id(name));
  }

  TaskState running(TaskId id) throws Exception {
    TaskState s = t.driver().state(id);
    t.equal(Status.RUNNING, s.status(), "status of " + id);
    processes.add(process(s.pid()));
    return s;
  }

  ProcessHandle process(long pid) {
    return ProcessHandle.of(pid).orElseThrow(() -> new AssertionError("there is no process " + pid));
  }

  /** Waits for its end. */
  TaskState ended(String name) throws Exception {
    return ended(id(name));
  }

  TaskState ended(TaskId id) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    TaskState s = t.driver().state(id);
    while (s.exit().isEmpty()) {
      if (System.nanoTime() > end) throw new AssertionError(id + " did not end; it is " + s);
      LockSupport.parkNanos(10_000_000);
      s = t.driver().state(id);
    }
    t.equal(Status.STOPPED, s.status(), "status of " + id + " that has ended");
    return s;
  }

  /** Kills what a process' exit is noticed by: its parent. */
  void killKeeper(long pid) throws Exception {
    ProcessHandle keeper = process(pid).parent().orElseThrow();
    t.check(keeper.pid() != 1, "process " + pid + " has no keeper but init, which nobody can kill");
    keeper.destroyForcibly();
    Threads.await(() -> !keeper.isAlive(), () -> "the keeper " + keeper.pid() + " does not end");
  }

  /** Processes, mounts, cgroups and files of this driver on the host. */
  List<String> traces() throws IOException {
    var all = new TreeSet<String>();
    String folder = t.root().getParent().toString();
    ProcessHandle.allProcesses().filter(p -> p.pid() != ProcessHandle.current().pid())
        .filter(p -> commandLine(p.pid()).contains(folder)).forEach(p -> all.add("process " + p.pid() + " " + commandLine(p.pid())));
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      if (line.split(" ")[4].startsWith(folder)) all.add("mount " + line.split(" ")[4]);
    }
    try (Stream<Path> groups = Files.walk(Path.of("/sys/fs/cgroup"), 2)) {
      groups.filter(g -> g.getFileName().toString().startsWith(cgroup(""))).forEach(g -> all.add("cgroup " + g));
    }
    try (Stream<Path> files = Files.walk(t.root())) {
      files.forEach(f -> all.add("file " + f));
    }
    return List.copyOf(all);
  }

  static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException ended) {
      return "";
    }
  }

  /** What a driver has when it had a container once. */
  List<String> afterOne() throws Exception {
    run("first", "/bin/sleep", "1000");
    t.driver().signal(id("first"), 9, true);
    ended("first");
    t.driver().delete(id("first"));
    return traces();
  }

  /** Ends and removes all that a rule made, whatever came of it. */
  @Override
  public void close() throws Exception {
    for (ProcessHandle p : processes) {
      List<ProcessHandle> children = p.descendants().toList();
      p.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
    }
    for (TaskId id : ids) {
      try {
        if (t.driver().state(id).status() == Status.PAUSED && t.driver() instanceof Pause p) p.resume(id);
        if (t.driver().state(id).status() == Status.RUNNING) t.driver().signal(id, 9, true);
        Threads.await(() -> stopped(id), () -> id + " does not end");
        t.driver().delete(id);
      } catch (NotFoundException e) {
        continue; // the rule removed it, or it was never made
      }
    }
  }

  private boolean stopped(TaskId id) {
    try {
      return t.driver().state(id).status() != Status.RUNNING;
    } catch (Exception e) {
      return true; // delete says more of it
    }
  }
}
