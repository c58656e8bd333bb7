package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import io.gantry.service.record.Table.Change;
import io.gantry.service.task.Attached;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.TaskPid;
import io.gantry.service.task.TaskProcess;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks whose client takes the steps, over all the real parts. */
class StepsTest {
  private static final ProcessRef C = ProcessRef.first("c");
  private static final ProcessRef E = new ProcessRef("c", "e");
  @TempDir Path root;
  private Host host;
  private Client client;

  @BeforeEach
  void open() throws IOException {
    Host.require();
    host = new Host(root);
    client = new Client(root.resolve("client"));
  }

  /** What an id is started with, whatever is left of it; a client's own task too. */
  @Test
  void aContainerThatDoesNotRunIsStartedByOneCall() throws Exception {
    assertThrows(NotFoundException.class, () -> host.tasks.start(SCOPE, "c"));
    host.tasks.create(SCOPE, Host.script("c", "cat /said 2>/dev/null; echo once >> /said; exit 3"));
    for (int i = 0; i < 3; i++) {
      host.tasks.start(SCOPE, "c");
      assertEquals(3, host.tasks.await(SCOPE, "c").code());
    }
    try (InputStream log = host.tasks.logs(SCOPE, "c", true)) {
      assertEquals("once\nonce\nonce\n", new String(log.readAllBytes(), StandardCharsets.UTF_8), "its files are as it left them");
    }
    host.tasks.create(SCOPE, Host.script("d", "sleep 1000"));
    assertEquals(Status.RUNNING, host.tasks.start(SCOPE, "d").state().orElseThrow().status());
    ConflictException e = assertThrows(ConflictException.class, () -> host.tasks.start(SCOPE, "d"));
    assertEquals("container 'd' runs already", e.getMessage());
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  private TaskService tasks() {
    return host.tasks;
  }

  /** Topics of what was told of tasks, with their exec ids. */
  private List<String> told() {
    return host.told.lines().stream().filter(l -> l.contains("/tasks/")).map(l -> l.split(" ")[1].substring("/tasks/".length())).toList();
  }

  @Test
  void isDrivenThroughFifosOfItsClient() throws Exception {
    Path in = client.fifo("in");
    Path out = client.fifo("out");
    Path err = client.fifo("err");
    var stdio = new Stdio(in.toString(), out.toString(), err.toString(), false);
    List<Process> readers = List.of(client.reads(out), client.reads(err));
    long pid = client.create(host, "c", stdio, "/bin/sh", "-c", "cat; echo err >&2; exit 3");
    assertEquals(new TaskProcess(C, Status.CREATED, pid, Optional.empty(), stdio), tasks().get(SCOPE, C));
    assertTrue(pid > 0 && Files.isDirectory(Path.of("/proc/" + pid)), "pid " + pid);
    var twice = assertThrows(AlreadyExistsException.class, () -> tasks().create(SCOPE, client.request("c", stdio)));
    assertEquals("task c: already exists", twice.getMessage());
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Exit>> waiting = new ArrayList<>();
      for (int i = 0; i < 50; i++) waiting.add(pool.submit(() -> tasks().await(SCOPE, C)));
      assertEquals(pid, tasks().start(SCOPE, C));
      assertThrows(ConflictException.class, () -> tasks().start(SCOPE, C));
      assertThrows(ConflictException.class, () -> tasks().delete(SCOPE, C));
      assertEquals(List.of(new TaskProcess(C, Status.RUNNING, pid, Optional.empty(), stdio)), tasks().listTasks(SCOPE, "", 10));
      try (OutputStream to = Files.newOutputStream(in)) {
        to.write("hello\n".repeat(50_000).getBytes(StandardCharsets.UTF_8));
      }
      tasks().closeInput(SCOPE, C);
      Exit exit = tasks().await(SCOPE, C);
      assertEquals(3, exit.code());
      for (Future<Exit> f : waiting) assertEquals(exit, f.get());
      var ended = new TaskProcess(C, Status.STOPPED, pid, Optional.of(exit), stdio);
      assertEquals(ended, tasks().get(SCOPE, C));
      assertEquals(exit, tasks().await(SCOPE, C), "at once");
      assertEquals(ended, tasks().delete(SCOPE, C));
    }
    for (Process r : readers) assertEquals(0, r.waitFor(), "a reader came to the end");
    assertEquals("hello\n".repeat(50_000), Client.read(out));
    assertEquals("err\n", Client.read(err));
    assertTrue(Files.exists(in) && Files.exists(out) && Files.exists(err), "they are the client's");
    assertEquals("task c: not found", assertThrows(NotFoundException.class, () -> tasks().get(SCOPE, C)).getMessage());
    assertEquals("c", host.containers.get(SCOPE, "c").id(), "the record stays");
    assertEquals(List.of(), host.left());
    assertEquals(List.of("create", "start", "exit", "delete"), told());
    String made = host.told.lines().stream().filter(l -> l.contains("/tasks/create")).findFirst().orElseThrow();
    for (String part : List.of("pid=" + pid, "stdout=" + out, "terminal=false", "type=bind")) assertTrue(made.contains(part), made);
  }

  /** Its client can take no further step, since it asks for the record first. */
  @Test
  void oneThatEndedGoesThoughItsRecordIsDamaged() throws Exception {
    var nowhere = new Stdio("", "file:///dev/null", "file:///dev/null", false);
    for (int i = 0; i < 2; i++) { // the second of that id finds nothing of the first
      client.create(host, "c", nowhere, "/bin/sh", "-c", "exit 3");
      tasks().start(SCOPE, C);
      assertEquals(3, tasks().await(SCOPE, C).code());
      host.table.change(SCOPE, List.of(new Change("container", "c", -1, Optional.of("{".getBytes(StandardCharsets.UTF_8)))));
      tasks().delete(SCOPE, "c", false);
      assertEquals(List.of(), host.left());
    }
  }

  @Test
  void whatNobodyReadIsKeptUntilItIsDeleted() throws Exception {
    Path out = client.fifo("out");
    Process late;
    try (var holder = java.nio.channels.FileChannel.open(out, java.nio.file.StandardOpenOption.READ,
        java.nio.file.StandardOpenOption.WRITE)) {
      client.create(host, "c", new Stdio("", out.toString(), "file:///dev/null", false), "/bin/sh", "-c",
          "i=0; while [ $i -lt 9000 ]; do i=$((i+1)); "
          + "echo 0123456789; done");
      tasks().start(SCOPE, C);
      assertEquals(0, tasks().await(SCOPE, C).code()); // its end is in the shim's hands, since pipes hold less
      late = client.reads(out);
      tasks().delete(SCOPE, C);
    }
    assertEquals(0, late.waitFor());
    assertEquals("0123456789\n".repeat(9000), Client.read(out));
  }

  @Test
  void processesAreAddedStartedAndDeleted() throws Exception {
    long first = client.create(host, "c", Stdio.NONE, "/bin/sleep", "1000");
    Typed process = Client.added(false, "/bin/sh", "-c", "echo from e; exit 5");
    assertThrows(NotFoundException.class, () -> tasks().start(SCOPE, E));
    tasks().start(SCOPE, C);
    Path file = client.root.resolve("exec.log");
    var stdio = new Stdio("", "file://" + file, "file://" + file, false);
    tasks().add(SCOPE, E, process, stdio);
    assertThrows(AlreadyExistsException.class, () -> tasks().add(SCOPE, E, process, stdio));
    assertEquals(new TaskProcess(E, Status.CREATED, 0, Optional.empty(), stdio), tasks().get(SCOPE, E));
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Exit> before = pool.submit(() -> tasks().await(SCOPE, E)); // as clients do, before the start
      long pid = tasks().start(SCOPE, E);
      assertEquals(5, before.get().code());
      assertEquals(new TaskProcess(E, Status.STOPPED, pid, Optional.of(before.get()), stdio), tasks().get(SCOPE, E));
      assertEquals(before.get(), tasks().await(SCOPE, E));
      assertThrows(AlreadyExistsException.class, () -> tasks().add(SCOPE, E, process, stdio), "until it is deleted");
      assertTrue(assertThrows(NotFoundException.class, () -> tasks().kill(SCOPE, E, 9)).getMessage().endsWith("process already finished"));
      assertEquals(pid, tasks().delete(SCOPE, E).pid());
      assertEquals("from e\n", Files.readString(file));
      assertEquals(List.of("create", "start", "exec-added", "exec-started", "exit"), told());

      tasks().add(SCOPE, E, Client.added(false, "/bin/sleep", "1000"), Stdio.NONE);
      Future<Exit> never = Host.waiting(() -> tasks().await(SCOPE, E));
      assertEquals(Optional.empty(), tasks().delete(SCOPE, E).exit());
      assertEquals(137, never.get(20, TimeUnit.SECONDS).code(), "it was never started");
      tasks().add(SCOPE, E, Client.added(false, "/bin/sleep", "1000"), Stdio.NONE);
      long second = tasks().start(SCOPE, E);
      assertEquals(List.of(new TaskPid(first, ""), new TaskPid(second, "e")), tasks().pids(SCOPE, "c").stream()
          .sorted(java.util.Comparator.comparing(TaskPid::exec)).toList());
      assertThrows(ConflictException.class, () -> tasks().delete(SCOPE, E));
      tasks().kill(SCOPE, E, 9);
      assertEquals(137, tasks().await(SCOPE, E).code());
      assertThrows(NotFoundException.class, () -> tasks().get(SCOPE, new ProcessRef("c", "f")));
      var absent = new ProcessRef("c", "absent");
      assertThrows(CommandException.class, () -> {
        tasks().add(SCOPE, absent, Client.added(false, "/bin/absent"), Stdio.NONE);
        tasks().start(SCOPE, absent);
      });
      tasks().delete(SCOPE, absent);
      tasks().killAll(SCOPE, "c", 9);
      assertEquals(137, tasks().await(SCOPE, C).code());
      assertThrows(ConflictException.class, () -> tasks().add(SCOPE, absent, process, Stdio.NONE));
      tasks().delete(SCOPE, C);
      assertThrows(NotFoundException.class, () -> tasks().get(SCOPE, E), "it went with its task");
      assertEquals(List.of(), TaskRow.execs(host.table, SCOPE, "c"));
    }
  }

  @Test
  void isFrozenLimitedAndMeasured() throws Exception {
    Path sizes = client.root.resolve("sizes");
    client.create(host, "c", new Stdio("", "file://" + sizes, "", true), "/bin/sh", "-c", "while true; do stty size; sleep 0.02; done");
    tasks().resize(SCOPE, C, new TerminalSize(100, 30));
    tasks().start(SCOPE, C);
    Host.await(() -> Files.readString(sizes), t -> t.contains("30 100"));
    tasks().resize(SCOPE, C, new TerminalSize(80, 25));
    Host.await(() -> Files.readString(sizes), t -> t.contains("25 80"));
    tasks().pause(SCOPE, "c");
    assertEquals(Status.PAUSED, tasks().get(SCOPE, C).status());
    assertThrows(ConflictException.class, () -> tasks().pause(SCOPE, "c"));
    assertThrows(ConflictException.class, () -> tasks().delete(SCOPE, C));
    tasks().resume(SCOPE, "c");
    Typed limits = new Typed("types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
        "{\"pids\":{\"limit\":77}}".getBytes(StandardCharsets.UTF_8));
    tasks().update(SCOPE, "c", limits);
    Typed stats = tasks().stats(SCOPE, "c");
    assertTrue(stats.typeUrl().matches("io\\.containerd\\.cgroups\\.v[12]\\.Metrics"), stats.typeUrl());
    var no = assertThrows(UnsupportedException.class, () -> tasks().checkpoint(SCOPE, "c"));
    assertTrue(no.getMessage().contains("CRIU"), no.getMessage());
    tasks().kill(SCOPE, C, 9);
    tasks().await(SCOPE, C);
    assertThrows(ConflictException.class, () -> tasks().update(SCOPE, "c", limits));
    assertEquals(stats.typeUrl(), tasks().stats(SCOPE, "c").typeUrl(), "what is left of it, until it is deleted");
    assertEquals(List.of(), tasks().pids(SCOPE, "c"));
    assertEquals(List.of("create", "start", "paused", "resumed", "exit"), told());
  }

  @Test
  void whatIsNotStartedCanBeDeleted() throws Exception {
    client.create(host, "c", Stdio.NONE, "/bin/sleep", "1000");
    assertEquals(Optional.of(137), tasks().delete(SCOPE, C).exit().map(Exit::code));
    assertEquals(List.of(), host.left());
    tasks().create(SCOPE, client.request("c", Stdio.NONE));
    tasks().start(SCOPE, C);
    assertEquals(Status.RUNNING, host.status("c"));
  }

  @Test
  void isTheSameFromBothSides() throws Exception {
    host.containers.create(SCOPE, client.record("idle", false, "/bin/true"));
    client.create(host, "c", Stdio.NONE, "/bin/sleep", "1000");
    tasks().start(SCOPE, C);
    tasks().run(SCOPE, Host.script("ours", "sleep 1000"));
    List<TaskInfo> all = tasks().list(SCOPE, "", 10);
    assertEquals(List.of("c RUNNING", "idle ", "ours RUNNING"), all.stream().map(t -> t.container().id() + " " + t.state().map(s -> s
        .status().name()).orElse("") + t.why()).toList());
    assertEquals(List.of("c RUNNING", "ours RUNNING"), tasks().listTasks(SCOPE, "", 10).stream().map(t -> t.ref().container() + " " + t
        .status()).toList());
    assertEquals(List.of(0, "in c\n", ""), Host.outcome(tasks().exec(SCOPE, Host.exec("c", "", "echo in c"))));
    tasks().delete(SCOPE, "c", true);
    assertThrows(NotFoundException.class, () -> host.containers.get(SCOPE, "c"));
    tasks().add(SCOPE, new ProcessRef("ours", "e"), Client.added(false, "/bin/sleep", "1000"), Stdio.NONE);
    tasks().start(SCOPE, new ProcessRef("ours", "e"));
    tasks().kill(SCOPE, ProcessRef.first("ours"), 9);
    assertEquals(137, tasks().await(SCOPE, new ProcessRef("ours", "e")).code());
    assertEquals(137, tasks().delete(SCOPE, ProcessRef.first("ours")).exit().orElseThrow().code());
    assertEquals("ours", host.containers.get(SCOPE, "ours").id());
    assertEquals(Optional.empty(), tasks().get(SCOPE, "ours").state());
    tasks().delete(SCOPE, "idle", false);
    tasks().delete(SCOPE, "ours", false);
    assertEquals(List.of(), host.left());
  }

  @Test
  void refusesWhatItCannotMake() throws Exception {
    assertThrows(NotFoundException.class, () -> tasks().create(SCOPE, client.request("c", Stdio.NONE)));
    host.containers.create(SCOPE, client.record("c", false, "/bin/absent"));
    for (String bad : List.of("relative", "http://x/y", "file://relative", "fifo:///%zz")) {
      assertThrows(InvalidException.class, () -> tasks().create(SCOPE, client.request("c", new Stdio("", bad, "", false))), bad);
    }
    var bare = assertThrows(InvalidException.class, () -> tasks().create(SCOPE, new TaskRequest("c", List.of(), Stdio.NONE,
        Optional.empty())));
    assertTrue(bare.getMessage().contains("'rootfs'"), bare.getMessage());
    assertEquals(127, assertThrows(CommandException.class, () -> tasks().create(SCOPE, client.request("c", Stdio.NONE))).code());
    host.containers.create(SCOPE, client.record("d", "io.containerd.other.v1", false, "/bin/true"));
    var unknown = assertThrows(NotFoundException.class, () -> tasks().create(SCOPE, client.request("d", Stdio.NONE)));
    assertTrue(unknown.getMessage().contains(Host.RUNTIME), unknown.getMessage());
    assertEquals(List.of(), tasks().listTasks(SCOPE, "", 10));
    assertEquals(List.of(), host.left());
    assertEquals(List.of(), told());
  }

  /** The log of a container is for the output of its first process alone, and is found by whoever comes later. */
  @Test
  void mayHaveTheLogOfTheManager() throws Exception {
    var wrong = new Stdio(TaskProcesses.LOG, "", "", false);
    assertThrows(InvalidException.class, () -> client.create(host, "c", wrong, "/bin/sh", "-c",
        "echo one; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo two; exit 5"));
    tasks().create(SCOPE, client.request("c", TaskProcesses.logged(false)));
    assertThrows(InvalidException.class, () -> tasks().add(SCOPE, E, Client.added(false, "/bin/true"), TaskProcesses.logged(false)));
    Path log = root.resolve("root/log/containers/default/c.log");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(log)));
    assertEquals(new Stdio("", "file://" + log, "file://" + log, false), tasks().get(SCOPE, C).stdio());
    tasks().start(SCOPE, C);
    try (InputStream followed = tasks().logs(SCOPE, "c", true); Attached attached = tasks().attach(SCOPE, "c")) {
      assertEquals("one\n", new String(followed.readNBytes(4), StandardCharsets.UTF_8));
      assertEquals(0, followed.skip(100)); // waits for nothing
      Files.createFile(client.root.resolve("tree/tmp/go"));
      assertEquals("two\n", new String(followed.readAllBytes(), StandardCharsets.UTF_8));
      assertTrue("one\ntwo\n".endsWith(new String(attached.stdout().readAllBytes(), StandardCharsets.UTF_8)));
      assertEquals(5, attached.await().code());
    }
    tasks().removeLog(SCOPE, "c");
    tasks().removeLog(SCOPE, "c");
    assertTrue(Files.notExists(log));
  }
}
