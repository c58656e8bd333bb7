package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.LeavableDrivers;
import io.gantry.linux.ProcStat;
import io.gantry.runtime.shim.ShimComponent;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Container;
import io.gantry.service.record.Table.Change;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskProcess;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A manager that starts over what another left, whether that or a client took the steps; and a driver that is replaced. */
class AdoptionTest {
  private static final DriverRef AWAY = new DriverRef(Runtime.KIND, "away.runtime");
  private static final DriverRef SLOW = new DriverRef(Runtime.KIND, "slow.runtime");
  @TempDir Path root;
  private Host host;

  @BeforeEach
  void require() {
    Host.require();
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  /** @param scene of {@link Killed} */
  private void killManager(String scene) throws Exception {
    Process manager = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
        Killed.class.getName(), root.toString(), scene).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var out = manager.inputReader()) {
      assertEquals("started", out.readLine());
    } finally {
      manager.destroyForcibly().waitFor();
    }
  }

  /** What the keeper of a process says while there is no manager. */
  private TaskState kept(ProcessRef process, Predicate<TaskState> wanted) throws Exception {
    try (var parts = new Components(root)) {
      Runtime keepers = parts.driver(ShimComponent.class, "runtime", Host.RUNTIME, Map.of());
      return Host.await(() -> keepers.state(Steps.id(SCOPE, process)), wanted);
    }
  }

  private Exit ended(ProcessRef process) throws Exception {
    return kept(process, state -> state.exit().isPresent()).exit().orElseThrow();
  }

  @Test
  void findsWhatRunsAndWhatHasEnded() throws Exception {
    killManager("attached");
    for (String id : List.of("ends", "host")) Host.touch(kept(ProcessRef.first(id), state -> true), "/tmp/end");
    Exit exit = ended(ProcessRef.first("ends")); // both that end do so while there is no manager
    ended(new ProcessRef("host", "ends"));
    host = new Host(root);
    assertEquals(9, exit.code());
    assertEquals(exit, host.tasks.await(SCOPE, "ends"), "and not when it was found");
    assertEquals("last words\n", host.log("ends"));
    assertEquals(List.of(Status.RUNNING, Status.RUNNING), List.of(host.status("attached"), host.status("host")));
    Host.await(() -> host.left().stream().filter(l -> l.startsWith("fifo")).sorted().toList(),
        List.of("fifo/default+attached", "fifo/default+host+writes")::equals);

    // who was attached is gone, and what they write is more than pipes hold
    for (String id : List.of("attached", "host")) Host.touch(host.tasks.get(SCOPE, id).state().orElseThrow(), "/tmp/go");
    assertEquals(4, host.tasks.await(SCOPE.within(Duration.ofSeconds(20)), "attached").code());
    assertEquals(5_000_000, Host.await(() -> host.log("attached").length(), n -> n >= 5_000_000));
    Host.await(() -> Host.outcome(host.tasks.exec(SCOPE, Host.exec("host", "", "cat /tmp/done"))).get(1), "done\n"::equals);
    host.tasks.kill(SCOPE, "host", 9, true);
    assertEquals(137, host.tasks.await(SCOPE, "host").code());
    Host.await(() -> host.left().stream().filter(l -> l.startsWith("fifo")).toList(), List::isEmpty);
    assertTrue(host.told.lines().stream().anyMatch(l -> l.contains("/tasks/exit") && l.contains("id=writes")), "its end is told");
  }

  private static Container record(String id, String runtime) {
    return new Container(id, "", runtime, Optional.empty(), new Typed("", new byte[0]), "overlayfs", id, Map.of(), Map.of(), Instant.EPOCH,
        Instant.EPOCH, 0);
  }

  @Test
  void removesWhatWasHalfMade() throws Exception {
    host = new Host(root);
    host.containers.create(SCOPE, record("half", Host.RUNTIME));
    host.table.change(SCOPE, TaskRow.creating("half", false).write());
    host.table.change(SCOPE, TaskRow.creating("no-record", false).write());
    host.containers.create(SCOPE, record("made", Host.RUNTIME)); // it never had a process, and is nobody's mistake
    host.close();
    host = new Host(root);
    Host.await(() -> host.tasks.list(SCOPE, "", 10).stream().map(t -> t.container().id()).toList(), List.of("made")::equals);
    Host.await(() -> TaskRow.find(host.table, SCOPE, "no-record"), Optional::isEmpty);
  }

  /** A manager was killed while it looked a user up. */
  @Test
  void unmountsWhatWasLookedInto() throws Exception {
    host = new Host(root);
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    String name = TreeViews.PREFIX + "0123abcd-1";
    Path dir = host.mounts.temporary(Scope.root(), name);
    host.mounts.activate(SCOPE, name, host.snapshots.mounts(SCOPE, "overlayfs", "c"), dir, "user lookup for c");
    String cut = TreeViews.PREFIX + "0123abcd-2";
    Path other = host.mounts.temporary(Scope.root(), cut);
    host.mounts.activate(SCOPE, cut, host.snapshots.mounts(SCOPE, "overlayfs", "c"), other, "user lookup for c");
    host.table.change(SCOPE, List.of(new Change("mount", cut, -1, Optional.of(new byte[0]))));
    host.mounts.activate(SCOPE, "a user's own", host.snapshots.mounts(SCOPE, "overlayfs", "c"), root.resolve("view"), "c");
    host.close();
    host = new Host(root);
    Host.await(() -> host.mounts.list(SCOPE).stream().map(m -> m.name()).toList(), List.of("a user's own")::equals);
    Host.await(() -> host.mounts.damaged(SCOPE), List::isEmpty);
    assertFalse(Files.exists(dir));
    assertFalse(Files.exists(other), "its name tells where it was");
    host.mounts.deactivate(SCOPE, "a user's own");
  }

  /** The host was booted anew, or the runtime's folder is gone: nobody knows how it ended. */
  @Test
  void oneThatIsGoneHasEnded() throws Exception {
    host = new Host(root);
    host.containers.create(SCOPE, record("gone", Host.RUNTIME));
    host.table.change(SCOPE, TaskRow.creating("gone", false).running(1, "another boot", 1).write());
    host.close();
    host = new Host(root);
    assertEquals(255, host.tasks.await(SCOPE, "gone").code());
  }

  /** Nobody looks at it each second, as at what a driver is waited for. */
  @Test
  void whatIsDamagedIsNotWaitedFor() throws Exception {
    host = new Host(root);
    host.containers.create(SCOPE, record("record", Host.RUNTIME));
    for (String id : List.of("record", "row")) {
      host.table.change(SCOPE, TaskRow.creating(id, false).running(1, "another boot", 1).write());
    }
    for (var c : Map.of("container", "record", TaskRow.TABLE, "row").entrySet()) {
      host.table.change(SCOPE, List.of(new Change(c.getKey(), c.getValue(), -1, Optional.of(new byte[0]))));
    }
    host.close();
    var asked = new AtomicInteger();
    host = new Host(root, new LeavableDrivers() {
      @Override
      public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
        if (ref.kind().equals(MetadataStore.KIND)) asked.incrementAndGet();
        return super.lend(type, ref, scope, call);
      }
    });
    Host.await(() -> {
      int before = asked.get();
      Instant passed = Instant.now().plusMillis(2_200); // two more looks, where there were any
      Host.await(() -> Instant.now(), now -> now.isAfter(passed));
      return asked.get() - before;
    }, asks -> asks == 0);
    host.tasks.delete(SCOPE, "record", true);
    assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "record"));
  }

  @Test
  void oneThatIsDamagedHoldsUpNoOtherOfItsContainer() throws Exception {
    host = new Host(root);
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    var given = new TaskRow.Given(Stdio.NONE, Host.RUNTIME);
    for (String e : List.of("a", "b")) host.table.change(SCOPE, TaskRow.creating(Steps.id(SCOPE, new ProcessRef("c", e)), given).write());
    host.table.change(SCOPE, List.of(new Change(TaskRow.EXECS, "c/a", -1, Optional.of(new byte[0]))));
    host.close();
    host = new Host(root);
    Host.await(() -> TaskRow.find(host.table, SCOPE, "c/b"), Optional::isEmpty); // it was half made
    assertThrows(CorruptException.class, () -> TaskRow.find(host.table, SCOPE, "c/a"));
    host.tasks.delete(SCOPE, "c", true);
    assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "c/a"));
  }

  /** A runtime that keeps a bare pid says that it runs: it is another process by now, as after a boot or when numbers have gone round. */
  @Test
  void anotherProcessOfItsNumberIsNotTakenForIt() throws Exception {
    Process other = new ProcessBuilder("sleep", "1000").start();
    try {
      int pid = (int) other.pid();
      long ticks = ProcStat.of(pid).orElseThrow().startTicks();
      host = new Host(root);
      for (String id : List.of("boot", "later", "itself")) host.containers.create(SCOPE, record(id, AWAY.name()));
      host.table.change(SCOPE, TaskRow.creating("boot", false).running(pid, "another boot", ticks).write());
      host.table.change(SCOPE, TaskRow.creating("later", false).running(pid, ProcStat.bootId(), ticks - 1).write());
      host.table.change(SCOPE, TaskRow.creating("itself", false).running(pid, ProcStat.bootId(), ticks).write());
      host.close();
      var asked = new ConcurrentSkipListSet<String>();
      var drivers = new LeavableDrivers();
      drivers.put(AWAY, Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {Runtime.class}, (self, method, given) -> {
        asked.add(method.getName());
        if (method.getName().equals("state") && other.isAlive()) {
          return new TaskState((TaskId) given[0], Status.RUNNING, pid, Optional.empty(), Stdio.NONE);
        }
        if (method.getName().equals("delete") && other.isAlive()) throw new ConflictException("it runs");
        throw new NotFoundException("there is none");
      }), Map.of());
      host = new Host(root, drivers);
      for (String id : List.of("boot", "later")) assertEquals(255, host.tasks.await(SCOPE.within(Duration.ofSeconds(30)), id).code());
      Host.await(() -> host.told.lines().stream().filter(l -> l.contains("/tasks/exit")).count(), n -> n == 2);
      assertEquals(Status.RUNNING, host.status("itself"));
      assertThrows(ConflictException.class, () -> host.tasks.delete(SCOPE, "boot", false));
      host.tasks.delete(SCOPE, "boot", true);
      assertEquals(Set.of("state", "delete"), asked, "nobody was killed");
      assertTrue(other.isAlive());
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  /** Its driver is gone for good, and nobody gave a deadline. */
  @Test
  void removalDoesNotWaitForARuntimeForEver() throws Exception {
    host = new Host(root);
    host.containers.create(SCOPE, record("waits", AWAY.name()));
    host.table.change(SCOPE, TaskRow.creating("waits", false).running(1, ProcStat.bootId(), 1).write());
    host.close();
    var drivers = new LeavableDrivers();
    drivers.put(AWAY, new Object(), Map.of());
    drivers.take(AWAY);
    host = new Host(root, drivers);
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> deleting = pool.submit(() -> {
        host.tasks.delete(SCOPE, "waits", true);
        return null;
      });
      try {
        var e = assertThrows(ExecutionException.class, () -> deleting.get(15, TimeUnit.SECONDS)).getCause();
        assertEquals(UnavailableException.class, e.getClass());
        assertEquals("container 'waits' is not removed, since it cannot be told whether it runs: the driver " + AWAY + " is away", e
            .getMessage());
        assertEquals(List.of("waits"), host.tasks.list(SCOPE, "", 10).stream().map(t -> t.container().id()).toList());
      } finally {
        drivers.put(AWAY, drivers.take(new DriverRef(Runtime.KIND, Host.RUNTIME)), Map.of());
      }
    }
    host.openRuntime();
    assertEquals(255, host.tasks.await(SCOPE, "waits").code());
  }

  /** While one runtime is away, all is looked at again each second; what this manager makes meanwhile is not half made by another. */
  @Test
  void leavesAloneWhatIsBeingMade() throws Exception {
    host = new Host(root);
    host.containers.create(SCOPE, record("waits", AWAY.name()));
    host.table.change(SCOPE, TaskRow.creating("waits", false).running(1, "another boot", 1).write());
    host.close();
    var drivers = new LeavableDrivers();
    drivers.put(AWAY, new Object(), Map.of());
    drivers.take(AWAY);
    host = new Host(root, drivers);
    assertThrows(UnavailableException.class, () -> host.tasks.await(SCOPE.within(Duration.ofMillis(100)), "waits"));

    Object shim = drivers.take(new DriverRef(Runtime.KIND, Host.RUNTIME));
    host.openRuntime();
    var creating = new CountDownLatch(1);
    var create = new CountDownLatch(1);
    drivers.put(SLOW, Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {Runtime.class}, (self, method, given) -> {
      if (method.getName().equals("create")) {
        creating.countDown();
        create.await();
      }
      try {
        return method.invoke(shim, given);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }), Map.of());
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var request = new RunRequest("slow", Host.IMAGE, List.of("/bin/sleep", "1000"), List.of(), "", "", List.of(), false, false, false,
          SLOW.name(), "", Map.of(), false);
      Future<?> running = pool.submit(() -> host.tasks.run(SCOPE, request));
      creating.await();
      Instant passed = Instant.now().plusMillis(2_200); // two more looks
      Host.await(() -> Instant.now(), now -> now.isAfter(passed));
      create.countDown();
      running.get();
    }
    assertEquals(Status.RUNNING, host.status("slow"));

    drivers.put(AWAY, shim, Map.of());
    assertEquals(255, host.tasks.await(SCOPE, "waits").code(), "the runtime is back, and knows nothing of it");
    host.tasks.delete(SCOPE, "slow", true);
  }

  private List<String> told(String container) {
    return host.told.lines().stream().filter(l -> l.contains("/tasks/") && l.contains("container_id=" + container)).map(l -> l.split(" ")[1]
        .substring("/tasks/".length())).toList();
  }

  private TaskProcess get(String container, String exec) throws IOException {
    return host.tasks.get(SCOPE, new ProcessRef(container, exec));
  }

  @Test
  void stepsGoOnWhereTheyWere() throws Exception {
    var client = new Client(root.resolve("client"));
    Path out = client.fifo("out");
    Process reader = client.reads(out);
    Path in = client.fifo("in");
    killManager("steps");
    try (var to = Files.newOutputStream(in)) { // there is no manager
      to.write("while it is away\n".getBytes(StandardCharsets.UTF_8));
    }
    Files.createFile(root.resolve("client/tree/tmp/end"));
    Exit exit = ended(ProcessRef.first("ends"));
    ended(new ProcessRef("runs", "ends"));
    host = new Host(root);
    assertEquals(9, exit.code());
    assertEquals(exit, host.tasks.await(SCOPE, ProcessRef.first("ends")), "and not when it was found");
    assertEquals(List.of("exit"), told("ends"));
    assertEquals(9, host.tasks.delete(SCOPE, ProcessRef.first("ends")).exit().orElseThrow().code());

    assertEquals(8, host.tasks.await(SCOPE, new ProcessRef("runs", "ends")).code());
    assertEquals(List.of(Status.RUNNING, Status.RUNNING, Status.CREATED), List.of(get("runs", "").status(), get("runs", "runs").status(),
        get("runs", "made").status()));
    host.tasks.start(SCOPE, new ProcessRef("runs", "made"));
    host.tasks.kill(SCOPE, new ProcessRef("runs", "made"), 9);
    assertEquals(137, host.tasks.await(SCOPE, new ProcessRef("runs", "made")).code());
    host.tasks.closeInput(SCOPE, ProcessRef.first("runs"));
    assertEquals(4, host.tasks.await(SCOPE, ProcessRef.first("runs")).code());
    assertEquals(out.toString(), host.tasks.delete(SCOPE, ProcessRef.first("runs")).stdio().stdout());
    assertEquals(0, reader.waitFor());
    assertEquals("while it is away\n", Client.read(out));

    host.tasks.start(SCOPE, ProcessRef.first("made"));
    assertEquals(6, host.tasks.await(SCOPE, ProcessRef.first("made")).code());
    assertEquals(List.of("start", "exit"), told("made"));
    assertEquals("half", host.containers.get(SCOPE, "half").id(), "the record is its client's");
    assertThrows(NotFoundException.class, () -> get("half", ""));
    host.tasks.create(SCOPE, client.request("half", Stdio.NONE));
    assertEquals(Status.RUNNING, get("starting", "").status());
    assertThrows(AlreadyExistsException.class, () -> host.tasks.create(SCOPE, client.request("starting",
        Stdio.NONE)));
    host.tasks.kill(SCOPE, ProcessRef.first("starting"), 9);
    assertEquals(137, host.tasks.await(SCOPE, ProcessRef.first("starting")).code());
    assertEquals(List.of("start", "exit"), told("starting"));
    assertEquals(List.of(), host.left().stream().filter(l -> l.contains("lost")).toList(), "nobody could reach it");
  }

  @Test
  void stepsGoOnUnderAnotherDriver() throws Exception {
    host = new Host(root);
    var client = new Client(root.resolve("client"));
    Path in = client.fifo("in");
    Path out = client.fifo("out");
    Process reader = client.reads(out);
    var c = ProcessRef.first("c");
    client.create(host, "c", new Stdio(in.toString(), out.toString(), "file:///dev/null", false), "/bin/cat");
    host.openRuntime();
    host.tasks.start(SCOPE, c);
    host.tasks.add(SCOPE, new ProcessRef("c", "e"), Client.added(false, "/bin/true"), Stdio.NONE);
    host.openRuntime();
    host.tasks.start(SCOPE, new ProcessRef("c", "e"));
    assertEquals(0, host.tasks.await(SCOPE, new ProcessRef("c", "e")).code());
    try (var to = Files.newOutputStream(in)) {
      to.write("through another\n".getBytes(StandardCharsets.UTF_8));
    }
    host.openRuntime();
    host.tasks.closeInput(SCOPE, c);
    assertEquals(0, host.tasks.await(SCOPE, c).code());
    host.openRuntime();
    host.tasks.delete(SCOPE, c);
    assertEquals(0, reader.waitFor());
    assertEquals("through another\n", Client.read(out));
  }
}
