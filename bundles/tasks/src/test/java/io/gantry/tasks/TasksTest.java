package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.TerminalSize;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.Attached;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.ExecRequest;
import io.gantry.service.task.RunRequest;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers under one manager, over all the real parts. */
class TasksTest {
  @TempDir Path root;
  private Host host;
  private TaskService tasks;

  @BeforeEach
  void open() throws IOException {
    Host.require();
    host = new Host(root);
    tasks = host.tasks;
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  @Test
  void runsToItsEndAndIsRemoved() throws Exception {
    tasks.run(SCOPE, Host.script("c", "echo out $A; echo err >&2; exit 7"));
    Exit exit = tasks.await(SCOPE, "c");
    assertEquals(7, exit.code());
    assertEquals(exit, tasks.await(SCOPE, "c"), "again, after the end");
    assertEquals(exit, tasks.get(SCOPE, "c").state().orElseThrow().exit().orElseThrow());
    assertEquals(List.of("err", "out image"), host.log("c").lines().sorted().toList());
    try (InputStream all = tasks.logs(SCOPE, "c", true)) {
      assertEquals(host.log("c"), Host.text(all), "there is nothing more to follow");
    }
    assertThrows(ConflictException.class, () -> tasks.kill(SCOPE, "c", 9, false));
    tasks.delete(SCOPE, "c", false);
    assertThrows(NotFoundException.class, () -> tasks.get(SCOPE, "c"));
    assertThrows(NotFoundException.class, () -> tasks.logs(SCOPE, "c", false));
    assertThrows(NotFoundException.class, () -> tasks.delete(SCOPE, "c", true));
    assertEquals(List.of("/snapshot/prepare", "/containers/create", "/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete",
        "/snapshot/remove", "/containers/delete"), host.told.lines().stream()
        .filter(l -> l.matches(".*[={](id=|container_id=|key=)?c[,}].*"))
        .map(l -> l.split(" ")[1]).toList());
    String created = told("/tasks/create");
    String pid = created.replaceAll(".* pid=(\\d+),.*", "$1");
    assertTrue(
        created.matches(
            ".*\\{bundle=/.+/task/default/c, checkpoint=, container_id=c, io=\\{stderr=.*, stdin=, stdout=.+, terminal=false\\}, "
            + "pid=[1-9]\\d*, "
        + "rootfs=\\[\\{.*\\}\\]\\}"), created);
    assertTrue(created.contains("type=overlay"), created);
    assertEquals("default /tasks/start {container_id=c, pid=" + pid + "}", told("/tasks/start"));
    assertEquals("default /tasks/delete {container_id=c, exit_status=7, exited_at=" + exit.at() + ", pid=" + pid + "}",
        told("/tasks/delete"));
    assertEquals(List.of(), host.left());
  }

  /** The drivers of a run that names none are the namespace's, then the configuration's. */
  @Test
  void aNamespaceNamesItsDrivers() throws Exception {
    String runtime = "containerd.io/defaults/runtime";
    String snapshotter = "containerd.io/defaults/snapshotter";
    host.parts.driver(OverlayComponent.class, "snapshot", "other", Map.of("gantry.features", "REBASE"));
    host.namespaces.label(SCOPE, "default", Map.of(snapshotter, "other", runtime, "io.containerd.runc.v1"));
    tasks.run(SCOPE, Host.script("c", "exit 3"));
    assertEquals(3, tasks.await(SCOPE, "c").code());
    assertEquals("other io.containerd.runc.v1", host.containers.get(SCOPE, "c").snapshotter() + " " + host.containers.get(SCOPE, "c")
        .runtime());
    tasks.delete(SCOPE, "c", false);
    host.namespaces.label(SCOPE, "default", Map.of(snapshotter, "", runtime, "nosuch"));
    var e = assertThrows(NotFoundException.class, () -> tasks.create(SCOPE, Host.script("c", "true")));
    assertTrue(e.getMessage()
        .startsWith("the label containerd.io/defaults/runtime of namespace \"default\" says 'nosuch': there is no driver "
        + "runtime/nosuch;"), e.getMessage());
    host.namespaces.label(SCOPE, "default", Map.of(snapshotter, "../x", runtime, ""));
    var none = assertThrows(InvalidException.class, () -> tasks.create(SCOPE, Host.script("c", "true")));
    assertTrue(none.getMessage().contains(snapshotter), none.getMessage());
    host.namespaces.label(SCOPE, "default", Map.of(snapshotter, ""));
    assertEquals("overlayfs", tasks.create(SCOPE, Host.script("c", "true")).container().snapshotter());
    tasks.delete(SCOPE, "c", false);
    assertEquals(List.of(), host.left());
  }

  @Test
  void aPathIsNoRuntime() throws Exception {
    var c = Host.script("c", "true");
    var path = new RunRequest("c", c.image(), c.args(), List.of(), "", "", List.of(), false, false, false, "/opt/my-shim", "", Map.of(),
        false,
        Optional.empty());
    var e = assertThrows(UnsupportedException.class, () -> tasks.run(SCOPE, path));
    assertTrue(e.getMessage().contains("'/opt/my-shim'") && e.getMessage().contains("runtime.shim~NAME.cfg"), e.getMessage());
    assertEquals(List.of(), host.left());
  }

  private String told(String topic) {
    return host.told.lines().stream().filter(l -> l.contains(" " + topic + " ")).findFirst().orElseThrow();
  }

  @Test
  void waitsAndFollowsFromBefore() throws Exception {
    tasks.run(SCOPE, Host.script("c", "i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo line $i; sleep 0.02; done; exit 3"));
    try (var pool = Executors.newVirtualThreadPerTaskExecutor(); InputStream followed = tasks.logs(SCOPE, "c", true)) {
      List<Future<Exit>> waiting = new ArrayList<>();
      for (int i = 0; i < 5; i++) waiting.add(pool.submit(() -> tasks.await(SCOPE, "c")));
      List<String> lines = Host.text(followed).lines().toList();
      assertEquals(20, lines.size());
      assertEquals("line 20", lines.getLast());
      for (Future<Exit> f : waiting) assertEquals(3, f.get().code());
    }
    tasks.run(SCOPE, Host.script("d", "sleep 1000"));
    var late = assertThrows(UnavailableException.class, () -> tasks.await(SCOPE.within(Duration.ofMillis(100)), "d"));
    assertTrue(late.getMessage().contains("'d'"), late.getMessage());
    assertThrows(NotFoundException.class, () -> tasks.await(SCOPE, "never"));
    assertThrows(NotFoundException.class, () -> tasks.await(SCOPE.withNamespace("other"), "d"));
  }

  @Test
  void isNotRemovedWhileItRunsUnlessForced() throws Exception {
    tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    var e = assertThrows(ConflictException.class, () -> tasks.delete(SCOPE, "c", false));
    assertTrue(e.getMessage().contains("running") && e.getMessage().contains("--force"), e.getMessage());
    assertEquals(Status.RUNNING, host.status("c"));
    try (var pool = Executors.newVirtualThreadPerTaskExecutor(); InputStream followed = tasks.logs(SCOPE, "c", true)) {
      Future<Exit> waiting = Host.waiting(() -> tasks.await(SCOPE, "c"));
      Future<String> following = pool.submit(() -> Host.text(followed));
      tasks.delete(SCOPE, "c", true);
      assertEquals("", following.get());
      assertEquals(137, waiting.get(20, TimeUnit.SECONDS).code(), "who waited is told");
    }
    assertEquals(List.of("exit", "delete"), host.told.lines().stream().filter(l -> l.contains("/tasks/exit") || l.contains("/tasks/delete"))
        .map(l -> l.split(" ")[1].substring("/tasks/".length())).toList());
    assertEquals(List.of(), host.left());
  }

  @Test
  void isKilledBySignal() throws Exception {
    tasks.run(SCOPE, Host.script("c", "trap 'echo bye; exit 5' TERM; echo ready; while true; do sleep 0.02; done"));
    Host.await(() -> host.log("c"), "ready\n"::equals);
    tasks.kill(SCOPE, "c", 15, false);
    assertEquals(5, tasks.await(SCOPE, "c").code());
    assertEquals("ready\nbye\n", host.log("c"));
    assertThrows(NotFoundException.class, () -> tasks.kill(SCOPE, "never", 15, false));
  }

  @Test
  void ofTwoCallersForOneIdOneWins() throws Exception {
    List<Callable<String>> all = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      String word = "caller " + t;
      all.add(() -> {
        try {
          tasks.run(SCOPE, Host.script("c", "echo " + word + "; sleep 1000"));
          return word;
        } catch (AlreadyExistsException e) {
          assertTrue(e.getMessage().contains("'c'"), e.getMessage());
          return "";
        }
      });
    }
    List<String> won = new ArrayList<>();
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> f : pool.invokeAll(all)) if (!f.get().isEmpty()) won.add(f.get());
    }
    assertEquals(1, won.size(), "won: " + won);
    Host.await(() -> host.log("c").strip(), won.getFirst()::equals);
    assertEquals(Status.RUNNING, host.status("c"));
  }

  @Test
  void ofTwoWhoRemoveItBothAreContent() throws Exception {
    for (int round = 0; round < 4; round++) {
      tasks.run(SCOPE, Host.script("c", "sleep 1000"));
      List<Callable<String>> all = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        all.add(() -> {
          try {
            tasks.delete(SCOPE, "c", true);
            return "";
          } catch (NotFoundException gone) {
            return "";
          } catch (IOException e) {
            return e.toString();
          }
        });
      }
      try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<String> f : pool.invokeAll(all)) assertEquals("", f.get());
      }
      assertEquals(List.of(), host.left());
    }
  }

  @Test
  void whatCannotBeRunLeavesNothing() throws Exception {
    for (String[] bad : List.of(new String[] {"nothere", "127"}, new String[] {"/bin/nothere", "127"},
        new String[] {"/etc/plain", "126"})) {
      var e = assertThrows(CommandException.class, () -> tasks.run(SCOPE, RunRequest.of("c", Host.IMAGE, List.of(bad[0]))));
      assertEquals(bad[1], Integer.toString(e.code()));
      assertTrue(e.getMessage().contains("'" + bad[0] + "'"), e.getMessage());
    }
    assertThrows(NotFoundException.class, () -> tasks.run(SCOPE, RunRequest.of("c", "never", List.of("true"))));
    assertThrows(InvalidException.class, () -> tasks.run(SCOPE, RunRequest.of("not/an/id", Host.IMAGE, List.of("true"))));
    assertThrows(NotFoundException.class, () -> tasks.run(SCOPE, new RunRequest("c", Host.IMAGE, List.of("true"), List.of(), "", "",
        List.of(), false, false, false, "no.such.runtime", "", Map.of(), false)));
    assertThrows(InvalidException.class, () -> tasks.run(SCOPE, new RunRequest("c", Host.IMAGE, List.of("true"), List.of(), "relative", "",
        List.of(), false, false, false, "", "", Map.of(), false)));
    assertThrows(NotFoundException.class, () -> tasks.run(SCOPE, new RunRequest("c", Host.IMAGE, List.of("true"), List.of(), "",
        "nobody.here",
        List.of(), false, false, false, "", "", Map.of(), false)));
    assertThrows(CommandException.class, () -> tasks.runAttached(SCOPE, RunRequest.of("c", Host.IMAGE, List.of("nothere"))));
    assertEquals(List.of(), tasks.list(SCOPE, "", 10));
    assertEquals(List.of(), host.left());
    tasks.run(SCOPE, Host.script("c", "exit 0"));
    assertEquals(0, tasks.await(SCOPE, "c").code(), "the id is free");
  }

  private static RunRequest mounting(String type, String source, String... options) {
    return new RunRequest("c", Host.IMAGE, List.of("/bin/cat", "/tmp/in"), List.of(), "", "", List.of(new Mount(type, source, "/tmp/in",
        List.of(options))), false, false, false, "", "", Map.of(), false);
  }

  @Test
  void aMountWhoseSourceIsNotThereIsNoMissingCommand() throws Exception {
    host.told.news();
    for (RunRequest bad : List.of(mounting("bind", "/nope", "rbind"), mounting("none", "/nope", "ro", "bind"))) {
      var e = assertThrows(NotFoundException.class, () -> tasks.run(SCOPE, bad));
      assertEquals("container 'c': the source /nope of its mount at /tmp/in is not on the host; make it first, or name another one",
          e.getMessage());
    }
    var relative = assertThrows(InvalidException.class, () -> tasks.runAttached(SCOPE, mounting("bind", "nope", "rbind")));
    assertTrue(relative.getMessage().contains("'nope'"), relative.getMessage());
    assertEquals(List.of(), host.told.news(), "nothing was made");
    Path in = Files.writeString(root.resolve("in"), "from the host");
    assertEquals(List.of(0, "from the host", ""), Host.outcome(tasks.runAttached(SCOPE, mounting("bind", in.toString(), "rbind", "ro"))));
  }

  @Test
  void userEnvironmentAndFolderAreAsRequested() throws Exception {
    var request = new RunRequest("c", Host.IMAGE, List.of("/bin/sh", "-c", "id -u; id -g; echo $A $B; pwd"), List.of("A=mine", "B=too"),
        "/tmp",
        "somebody:them", List.of(), false, false, false, "", "", Map.of("k", "v"), true);
    assertEquals(List.of(0, "77\n78\nmine too\n/tmp\n", ""), Host.outcome(tasks.runAttached(SCOPE, request)));
    Host.await(() -> tasks.list(SCOPE, "", 10), List::isEmpty); // --rm
    assertEquals(List.of(), host.left());
  }

  @Test
  void anAttachedOneHasItsStreams() throws Exception {
    var request = new RunRequest("c", Host.IMAGE, List.of("/bin/sh", "-c", "read x; echo got $x; echo err >&2; cat; exit 4"), List.of(),
        "", "",
        List.of(), false, false, true, "", "", Map.of(), false);
    Attached process = tasks.runAttached(SCOPE, request);
    process.stdin().write("hello\nrest\n".getBytes(StandardCharsets.UTF_8));
    process.stdin().close();
    assertEquals(List.of(4, "got hello\nrest\n", "err\n"), Host.outcome(process));
    assertEquals("err got hello rest", String.join(" ", host.log("c").lines().sorted().toList()), "and it is in the log");
    assertThrows(ConflictException.class, () -> process.signal(15));
  }

  /** More than pipes and queues hold, on both streams, to the last byte. */
  @Test
  void noByteOfMuchOutputIsLost() throws Exception {
    Attached process = tasks.runAttached(SCOPE, Host.script("c", "yes out | head -c 3000000; yes err | head -c 2000000 >&2"));
    List<Object> outcome = Host.outcome(process);
    assertEquals(List.of(0, 3_000_000, 2_000_000),
        List.of(outcome.get(0), ((String) outcome.get(1)).length(), ((String) outcome.get(2)).length()));
    assertEquals(5_000_000, host.log("c").length());
  }

  /** Letting go of the streams is not the end of the process, nor a stop: what it writes goes to its log. */
  @Test
  void aClientThatGoesDoesNotStopIt() throws Exception {
    Attached process = tasks.runAttached(SCOPE, Host.script("c", "yes out | head -c 3000000; yes err | head -c 2000000 >&2; exit 6"));
    process.close();
    assertEquals(6, tasks.await(SCOPE.within(Duration.ofSeconds(20)), "c").code());
    Host.await(() -> host.log("c").length(), n -> n == 5_000_000);
    Host.await(() -> host.left().stream().filter(l -> l.startsWith("fifo")).toList(), List::isEmpty);
  }

  @Test
  void moreProcessesRunInIt() throws Exception {
    tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    assertEquals(List.of(3, "out image\n", "err\n"),
        Host.outcome(tasks.exec(SCOPE, Host.exec("c", "", "echo out $A; echo err >&2; exit 3"))));
    var request = new ExecRequest("c", "e", List.of("/bin/sh", "-c", "id -u; echo $A; cat; pwd"), List.of("A=mine"), "/tmp", "somebody",
        false,
        true);
    Attached process = tasks.exec(SCOPE, request);
    assertThrows(AlreadyExistsException.class, () -> tasks.exec(SCOPE, request));
    process.stdin().write("in\n".getBytes(StandardCharsets.UTF_8));
    process.stdin().close();
    assertEquals(List.of(0, "77\nmine\nin\n/tmp\n", ""), Host.outcome(process));
    Attached sleeper = tasks.exec(SCOPE, Host.exec("c", "e", "sleep 1000"));
    sleeper.signal(15);
    assertEquals(143, Host.outcome(sleeper).getFirst());
    for (String[] bad : List.of(new String[] {"nothere", "127"}, new String[] {"/etc/plain", "126"})) {
      var e = assertThrows(CommandException.class, () -> tasks.exec(SCOPE, new ExecRequest("c", "e", List.of(bad[0]), List.of(), "", "",
          false,
          false)));
      assertEquals(bad[1], Integer.toString(e.code()));
    }
    assertThrows(NotFoundException.class, () -> tasks.exec(SCOPE, Host.exec("never", "e", "true")));
    assertEquals(List.of(), host.left().stream().filter(l -> l.startsWith("fifo")).toList());
    Attached last = tasks.exec(SCOPE, Host.exec("c", "last", "echo here; sleep 1000"));
    tasks.kill(SCOPE, "c", 9, false);
    assertEquals(List.of(137, "here\n", ""), Host.outcome(last), "they end with the first");
    assertThrows(ConflictException.class, () -> tasks.exec(SCOPE, Host.exec("c", "e", "true")));
  }

  /** Whoever accounts for processes by their events needs that of a short one, too. */
  @Test
  void eventsTellThePidOfWhatEndsAtOnce() throws Exception {
    for (int i = 0; i < 10; i++) {
      String id = "c" + i;
      tasks.run(SCOPE, RunRequest.of(id, Host.IMAGE, List.of("/bin/true")));
      tasks.await(SCOPE, id);
      List<String> pids = host.told.news().stream().filter(l -> l.matches(".* /tasks/(start|exit) .*"))
          .map(l -> l.replaceFirst(".*[ {]pid=([0-9]+).*", "$1")).toList();
      assertEquals(2, pids.size(), pids.toString());
      assertEquals(pids.get(0), pids.get(1), "of its start and of its end");
      assertTrue(Integer.parseInt(pids.get(0)) > 1, pids.toString());
    }
  }

  /** What asks for it first finds it, and not only what asks late. */
  @Test
  void aTerminalBeginsWithItsSize() throws Exception {
    tasks.run(SCOPE, Host.script("host", "sleep 1000"));
    var size = Optional.of(new TerminalSize(101, 31));
    List<String> stty = List.of("/bin/stty", "size");
    for (int i = 0; i < 10; i++) {
      var run = new RunRequest("c" + i, Host.IMAGE, stty, List.of(), "", "", List.of(), false, true, true, "", "", Map.of(), true, size);
      assertEquals(List.of(0, "31 101\r\n", ""), Host.outcome(tasks.runAttached(SCOPE, run)));
      var exec = new ExecRequest("host", "", stty, List.of(), "", "", true, true, size);
      assertEquals(List.of(0, "31 101\r\n", ""), Host.outcome(tasks.exec(SCOPE, exec)));
    }
    var detached = new RunRequest("d", Host.IMAGE, stty, List.of(), "", "", List.of(), false, true, false, "", "", Map.of(), false, size);
    tasks.run(SCOPE, detached);
    assertEquals(0, tasks.await(SCOPE, "d").code());
    assertEquals("31 101\r\n", host.log("d"));
    Host.await(() -> tasks.list(SCOPE, "", 20).stream().map(t -> t.container().id()).toList(), List.of("d", "host")::equals);
  }

  @Test
  void manyMayLookUpAUserAtOnce() throws Exception {
    tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    List<Callable<Object>> all = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      var request = new ExecRequest("c", "", List.of("/bin/id", "-u"), List.of(), "", "somebody", false, false);
      all.add(() -> Host.outcome(tasks.exec(SCOPE, request)));
    }
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Object> f : pool.invokeAll(all)) assertEquals(List.of(0, "77\n", ""), f.get());
    }
    assertEquals(List.of(), host.mounts.list(SCOPE));
    tasks.delete(SCOPE, "c", true);
    assertEquals(List.of(), host.left());
  }

  @Test
  void theEndOfAnExecIsToldInFull() throws Exception {
    tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    Attached exec = tasks.exec(SCOPE, Host.exec("c", "e", "exit 5"));
    assertEquals(5, Host.outcome(exec).getFirst());
    String told = Host.await(() -> host.told.lines().stream().filter(l -> l.contains("/tasks/exit")).findFirst(), Optional::isPresent)
        .orElseThrow();
    Exit exit = exec.await();
    assertTrue(told.matches("default /tasks/exit \\{container_id=c, exit_status=5, exited_at=" + exit.at() + ", id=e, pid=[1-9][0-9]*}"),
        told);
  }

  @Test
  void anExecWhoseClientGoesDoesNotStop() throws Exception {
    tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    tasks.exec(SCOPE, Host.exec("c", "e", "yes | head -c 3000000; yes | head -c 3000000 >&2; echo done > /tmp/done; sleep 1000")).close();
    Host.await(() -> Host.outcome(tasks.exec(SCOPE, Host.exec("c", "", "cat /tmp/done"))).get(1), "done\n"::equals);
  }

  /** Ids that are the same when they are written one behind the other; both run until they have read the end of their input. */
  @Test
  void pipesOfOneAreNotAnothers() throws Exception {
    tasks.run(SCOPE, Host.script("a", "sleep 1000"));
    Attached inner = tasks.exec(SCOPE, new ExecRequest("a", "b", List.of("/bin/sh", "-c", "cat; echo end of exec"), List.of(), "", "",
        false, true));
    Attached outer = tasks.runAttached(SCOPE, new RunRequest("a-b", Host.IMAGE, List.of("/bin/sh", "-c", "cat; echo from a-b"), List.of(),
        "", "", List.of(), false, false, true, "", "", Map.of(), false));
    assertEquals(List.of("fifo/default+a+b", "fifo/default+a-b"), host.left().stream().filter(l -> l.startsWith("fifo")).sorted().toList());
    for (Attached each : List.of(outer, inner)) each.stdin().close();
    assertEquals(List.of(0, "from a-b\n", ""), Host.outcome(outer));
    assertEquals(List.of(0, "end of exec\n", ""), Host.outcome(inner));
  }

  @Test
  void logsAreForTheirOwnerAlone() throws Exception {
    tasks.run(SCOPE, Host.script("c", "echo secret; exit 0"));
    tasks.await(SCOPE, "c");
    Path log = root.resolve("root/log/containers/default/c.log");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(log)));
    Instant started = tasks.get(SCOPE, "c").started().orElseThrow();
    assertTrue(!started.isAfter(tasks.await(SCOPE, "c").at().plusSeconds(1)), "started " + started);
  }
}
