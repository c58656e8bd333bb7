package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.LeavableDrivers;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table.Change;
import io.gantry.service.task.Attached;
import io.gantry.service.task.CommandException;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskInfo;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
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
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Containers whose runtime, or whose manager, fails in the middle. */
class FaultsTest extends UnsteadyHost {
  private static final DriverRef RUNTIME = UnsteadyDrivers.RUNTIME;

  private static void pass(Duration time) throws Exception {
    Instant end = Instant.now().plus(time);
    Host.await(Instant::now, now -> now.isAfter(end));
  }

  @Test
  void theEndOfAnExecIsReadBeforeItsContainerIsDeleted() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    Attached exec = host.tasks.exec(SCOPE, Host.exec("c", "e", "echo here; sleep 1000"));
    drivers.before((name, given) -> {
      if (name.equals("state") && !((TaskId) given[0]).exec().isEmpty()) Thread.sleep(700); // a busy machine
    });
    host.tasks.kill(SCOPE, "c", 9, false);
    assertEquals(List.of(137, "here\n", ""), Host.outcome(exec));
  }

  @Test
  void aRuntimeThatNobodyKnowsForAMomentEndsNothing() throws Exception {
    host.tasks.run(SCOPE, new RunRequest("c", Host.IMAGE, List.of("/bin/sleep", "1000"), List.of(), "", "", List.of(), false, false, false,
        "", "", Map.of(), true));
    drivers.forgets = true;
    pass(Duration.ofMillis(6_500)); // all are looked at every 3 s
    assertThrows(UnavailableException.class, () -> host.tasks.kill(SCOPE, "c", 9, true));
    drivers.forgets = false;
    assertEquals(Status.RUNNING, host.status("c"));
    assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "c").orElseThrow().exit());
  }

  @Test
  void theSourceOfAMountGoesAtTheLastMoment() throws Exception {
    Path source = Files.createDirectory(root.resolve("source"));
    drivers.before((name, given) -> {
      if (!name.equals("create") || !Files.deleteIfExists(source)) return;
      throw new NotFoundException("as the contract says of sources and commands alike");
    });
    var mount = new Mount("bind", source.toString(), "/mnt", List.of("rbind"));
    var e = assertThrows(NotFoundException.class, () -> host.tasks.run(SCOPE, new RunRequest("c", Host.IMAGE, List.of("true"), List.of(),
        "", "", List.of(mount), false, false, false, "", "", Map.of(), false)));
    assertTrue(e.getMessage().contains("source " + source + " of its mount at /mnt"), e.getMessage());
    assertEquals(List.of(), host.left());
    assertThrows(CommandException.class, () -> host.tasks.run(SCOPE, RunRequest.of("c", Host.IMAGE, List.of("nothere"))));
  }

  @Test
  void whatIsSaidToRunHasNotEnded() throws Exception {
    TaskId id = TaskId.of("default", "c");
    var state = new AtomicReference<>(new TaskState(id, Status.RUNNING, 1, Optional.empty(), Stdio.NONE));
    var told = new LentDrivers();
    told.put(RUNTIME, Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {Runtime.class},
        (self, method, given) -> state.get()), Map.of());
    try (var lives = new Lives(Duration.ofMillis(100), (any, of) -> {})) {
      Live live = lives.add(id, new RuntimeDriver(told, SCOPE, Host.RUNTIME), 0, exit -> { }); // no descriptor can be had for it
      pass(Duration.ofMillis(400));
      assertEquals(Optional.empty(), live.exit());
      Exit exit = new Exit(7, Instant.EPOCH);
      state.set(new TaskState(id, Status.STOPPED, 0, Optional.of(exit), Stdio.NONE));
      assertEquals(exit, live.await("it", Instant.now().plusSeconds(20)));
    }
  }

  @Test
  void whoWaitsForOthersAndIsInterruptedIsToldAtOnce() throws Exception {
    TaskId id = TaskId.of("default", "c");
    var told = new LentDrivers();
    told.put(RUNTIME, Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {Runtime.class},
        (self, method, given) -> new TaskState(id.withExec("e"), Status.RUNNING, 1, Optional.empty(), Stdio.NONE)), Map.of());
    try (var lives = new Lives((any, of) -> {})) {
      lives.add(id.withExec("e"), new RuntimeDriver(told, SCOPE, Host.RUNTIME), 0, exit -> { });
      var waiting = new FutureTask<>(() -> {
        Thread.currentThread().interrupt();
        lives.others(id, Duration.ofMinutes(5), Duration.ofMinutes(5));
        return null;
      });
      Thread.ofVirtual().start(waiting);
      var e = assertThrows(ExecutionException.class, () -> waiting.get(20, TimeUnit.SECONDS));
      assertInstanceOf(InterruptedIOException.class, e.getCause());
    }
  }

  @Test
  void whoWaitsIsToldWhereNobodyWatchesAnyMore() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    Future<Exit> waiting = Host.waiting(() -> host.tasks.await(SCOPE, "c"));
    host.close();
    var e = assertThrows(ExecutionException.class, () -> waiting.get(20, TimeUnit.SECONDS));
    host = new Host(root);
    assertTrue(e.getCause().getMessage().contains("runs on, and is no longer watched"), e.getCause().toString());
  }

  /** Many look meanwhile; it runs until it is known how it ended, and nobody hears of anything else. */
  @Test
  void aContainerWhoseShimDiedRunsUntilItsEndIsKnown() throws Exception {
    for (int i = 0; i < 3; i++) {
      host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
      var ended = new CountDownLatch(1);
      try (var pool = Executors.newCachedThreadPool()) { // who never waits would keep virtual threads from going on
        var lookers = Stream.generate(() -> (Callable<Set<String>>) () -> looks(ended)).limit(4).map(pool::submit).toList();
        Future<String> refused = pool.submit(() -> refusal(ended));
        host.killShim("c");
        Exit exit = host.tasks.await(SCOPE, "c");
        assertEquals(137, exit.code());
        ended.countDown();
        for (var l : lookers) {
          Set<String> others = new TreeSet<>(l.get());
          others.removeAll(Set.of("RUNNING", "STOPPED 137"));
          assertEquals(Set.of(), others);
        }
        assertTrue(refused.get().matches("container 'c' does not run|.*default/c has ended: its shim died"
            + "|container 'c' ended before the process '.*' was started in it"), refused.get());
      }
      host.tasks.delete(SCOPE, "c", false);
    }
  }

  private Set<String> looks(CountDownLatch until) throws Exception {
    var seen = new TreeSet<String>();
    while (until.getCount() > 0) {
      for (TaskInfo t : List.of(host.tasks.get(SCOPE, "c"), host.tasks.list(SCOPE, "", 9).getFirst())) {
        seen.add(t.state().map(s -> s.status() + s.exit().map(e -> " " + e.code()).orElse("")).orElse("nothing: " + t.why()));
      }
      LockSupport.parkNanos(1_000_000);
    }
    return seen;
  }

  /** Starts one process after the other in it until it says that it does not run. */
  private String refusal(CountDownLatch until) throws Exception {
    while (until.getCount() > 0) {
      try {
        Host.outcome(host.tasks.exec(SCOPE, Host.exec("c", "", "true")));
      } catch (ConflictException e) {
        return e.getMessage();
      }
    }
    return "none";
  }

  @Test
  void anExecThatFailsAfterItsStartIsKilled() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    String sleeps = "sleep 4242." + ProcessHandle.current().pid(); // of this build alone
    var failed = new CountDownLatch(1);
    drivers.before((name, given) -> {
      if (name.equals("state") && !((TaskId) given[0]).exec().isEmpty() && failed.getCount() > 0) {
        failed.countDown();
        throw new IOException("as wanted");
      }
    });
    var e = assertThrows(IOException.class, () -> host.tasks.exec(SCOPE, Host.exec("c", "e", "exec " + sleeps)));
    assertEquals(List.of("as wanted", 0), List.of(e.getMessage(), e.getSuppressed().length));
    assertEquals(List.of(), Host.processes(sleeps));
    assertEquals(List.of(0, "again\n", ""), Host.outcome(host.tasks.exec(SCOPE, Host.exec("c", "e", "echo again"))));
  }

  @Test
  void aRowThatCannotBeReadHoldsUpNobody() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    host.table.change(SCOPE, List.of(new Change(TaskRow.TABLE, "a-bad-one", -1, Optional.of("{\"phase\":\"NEVER\"}".getBytes(
        StandardCharsets.UTF_8)))));
    host.close();
    host = new Host(root);
    host.tasks.delete(SCOPE.within(Duration.ofSeconds(5)), "c", true);
    assertEquals(List.of(), host.tasks.list(SCOPE, "", 10));
  }

  @Test
  void ofThoseThatCannotBeReadItIsSaidAndTheyCanBeRemoved() throws Exception {
    for (String id : List.of("a", "bad", "c")) host.tasks.run(SCOPE, Host.script(id, "sleep 1000"));
    host.table.change(SCOPE, List.of(new Change(TaskRow.TABLE, "bad", -1, Optional.of("{\"phase\":\"NEVER\"}".getBytes(
        StandardCharsets.UTF_8)))));
    List<TaskInfo> all = host.tasks.list(SCOPE, "", 10);
    assertEquals(List.of("a RUNNING", "bad", "c RUNNING"), all.stream().map(t -> (t.container().id() + " " + t.state().map(s -> s.status()
        .name()).orElse("")).strip()).toList());
    TaskInfo bad = host.tasks.get(SCOPE, "bad");
    assertEquals(bad, all.get(1));
    assertTrue(bad.why().startsWith("the record of task 'bad' in namespace default is damaged") && bad.why().contains("NEVER")
        && bad.why().contains("--force"), bad.why());
    assertEquals(List.of("a RUNNING", "bad UNKNOWN", "c RUNNING"), host.tasks.listTasks(SCOPE, "", 10).stream()
        .map(p -> p.ref().container() + " "
        + p.status()).toList());
    var e = assertThrows(CorruptException.class, () -> host.tasks.delete(SCOPE, "bad", false));
    assertTrue(e.getMessage().contains("'bad'") && e.getMessage().contains("--force"), e.getMessage());
    host.tasks.delete(SCOPE, "bad", true);
    assertEquals(List.of("a", "c"), host.tasks.list(SCOPE, "", 10).stream().map(t -> t.container().id()).toList());
    host.close(); // and one that this manager does not watch
    host = new Host(root, drivers);
    host.table.change(SCOPE, List.of(new Change(TaskRow.TABLE, "c", -1, Optional.of(new byte[0]))));
    host.tasks.delete(SCOPE, "c", true);
    host.tasks.delete(SCOPE, "a", true);
    assertEquals(List.of(), host.left());
  }

  @Test
  void whatIsDamagedIsLeftOutAndRemovedWithWhatRunsOfIt() throws Exception {
    for (String id : List.of("a", "bad", "c")) host.tasks.run(SCOPE, Host.script(id, "sleep 1000"));
    for (boolean anew : List.of(false, true)) { // and one that this manager does not watch
      if (anew) {
        host.tasks.run(SCOPE, Host.script("bad", "sleep 1000"));
        host.close();
        host = new Host(root, drivers);
      }
      host.table.change(SCOPE, List.of(new Change("container", "bad", -1, Optional.of(new byte[0]))));
      assertEquals(List.of("a", "c"), host.tasks.list(SCOPE, "", 10).stream().map(t -> t.container().id()).toList());
      assertThrows(CorruptException.class, () -> host.tasks.kill(SCOPE, "bad", 9, true));
      var e = assertThrows(ConflictException.class, () -> host.tasks.delete(SCOPE, "bad", false));
      assertEquals("container 'bad' is running; stop it by ctr:kill, or remove it with --force", e.getMessage());
      host.tasks.delete(SCOPE, "bad", true);
      assertThrows(NotFoundException.class, () -> host.tasks.delete(SCOPE, "bad", true));
      assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "bad"));
      host.snapshots.remove(SCOPE, "overlayfs", "bad"); // which its record named alone
    }
    host.table.change(SCOPE, List.of(new Change("container", "never-run", -1, Optional.of("{}".getBytes(StandardCharsets.UTF_8)))));
    host.tasks.delete(SCOPE, "never-run", false);
    for (String id : List.of("a", "c")) host.tasks.delete(SCOPE, id, true);
    assertEquals(List.of(), host.left());
  }

  @Test
  void whatRunsUnderARuntimeThatIsAwayIsNotRemoved() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    Object runtime = drivers.take(RUNTIME);
    var e = assertThrows(UnavailableException.class, () -> host.tasks.delete(SCOPE, "c", true));
    assertEquals("container 'c' is not removed, since it cannot be told whether it runs: the driver " + RUNTIME + " is away", e
        .getMessage());
    drivers.put(RUNTIME, runtime, Map.of());
    host.tasks.delete(SCOPE, "c", true);
  }

  @Test
  void anExecInWhatEndsMeanwhileIsNoMissingCommand() throws Exception {
    var at = new AtomicReference<>("");
    drivers.before((name, given) -> {
      if (!(given != null && given[0] instanceof TaskId id) || id.exec().isEmpty() || !name.equals(at.get())) return;
      host.tasks.kill(SCOPE, "c", 9, true);
      host.tasks.await(SCOPE, "c");
    });
    for (String step : List.of("exec", "start")) {
      at.set("");
      host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
      at.set(step);
      var e = assertThrows(ConflictException.class, () -> host.tasks.exec(SCOPE, Host.exec("c", "e", "true")), step);
      assertTrue(e.getMessage().contains("'c'"), e.getMessage());
      host.tasks.delete(SCOPE, "c", false);
    }
    assertEquals(List.of(), host.left());
  }

  /** T-7: it may look at the command where it adds the process. */
  @Test
  void aRuntimeMayMissTheCommandOfAnExecEarly() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    for (IOException early : List.of(new NotFoundException("no 'true'", null), new DeniedException("no 'true'", null))) {
      drivers.before((name, given) -> {
        if (name.equals("exec") && ((TaskId) given[0]).exec().equals(early.getClass().getSimpleName())) throw early;
      });
      var e = assertThrows(CommandException.class, () -> host.tasks.exec(SCOPE, Host.exec("c", early.getClass().getSimpleName(), "true")));
      assertEquals(early instanceof NotFoundException ? 127 : 126, e.code());
    }
  }

  /** A deadline is for the call that makes a process, and not for what runs long after it. */
  @Test
  void theEndComesAfterTheDeadlineOfTheStart() throws Exception {
    String waits = "while [ ! -e /tmp/go ]; do sleep 0.05; done; ";
    Duration hasty = Duration.ofSeconds(10); // each has all of it
    TaskState c = host.tasks.run(SCOPE.within(hasty), Host.script("c", waits + "exit 3")).state().orElseThrow();
    Attached attached = host.tasks.runAttached(SCOPE.within(hasty), Host.script("d", "sleep 1000"));
    Attached exec = host.tasks.exec(SCOPE.within(hasty), Host.exec("c", "e", "sleep 1000"));
    pass(hasty);
    for (Attached a : List.of(attached, exec)) {
      a.signal(9);
      assertEquals(137, Host.outcome(a).getFirst());
    }
    Host.touch(c, "/tmp/go");
    assertEquals(3, host.tasks.await(SCOPE.within(Duration.ofSeconds(20)), "c").code());
    List<String> told = host.told.lines().stream().filter(l -> l.contains("/tasks/exit")).toList();
    for (String id : List.of("c", "d", "e")) assertEquals(1, told.stream().filter(l -> l.contains(", id=" + id + ",")).count(), id);
  }

  /** Its end is written down late, and whoever waits for it waits. */
  @Test
  void anEndIsWrittenDownAsSoonAsThatIsPossible() throws Exception {
    host.tasks.run(SCOPE, Host.script("stays", "sleep 1000"));
    host.tasks.run(SCOPE, new RunRequest("goes", Host.IMAGE, List.of("/bin/sleep", "1000"), List.of(), "", "", List.of(), false, false,
        false,
        "", "", Map.of(), true));
    Attached exec = host.tasks.exec(SCOPE, Host.exec("stays", "e", "sleep 1000"));
    var waiting = new FutureTask<>(() -> host.tasks.await(SCOPE, "stays").code());
    Thread.ofVirtual().start(waiting);
    pass(Duration.ofMillis(200));
    drivers.without = "metadata";
    exec.signal(9);
    var runtime = new RuntimeDriver(drivers, SCOPE, Host.RUNTIME);
    for (String id : List.of("stays", "goes")) runtime.signal(TaskId.of("default", id), 9, true);
    pass(Duration.ofSeconds(1));
    assertEquals(false, waiting.isDone());
    drivers.without = "";
    assertEquals(137, waiting.get(20, TimeUnit.SECONDS));
    assertEquals(137, host.tasks.await(SCOPE, "stays").code());
    assertEquals(Status.STOPPED, host.status("stays"));
    assertEquals(137, Host.outcome(exec).getFirst());
    Host.await(() -> host.tasks.list(SCOPE, "", 10).size(), n -> n == 1);
    assertEquals(1, host.told.lines().stream().filter(l -> l.contains("/tasks/exit") && l.contains("id=goes,")).count());
  }

  @Test
  void nothingIsLeftOfWhatIsNotMadeAtTheDeadline() throws Exception {
    Instant deadline = Instant.now().plusSeconds(2);
    drivers.before((name, given) -> {
      if (name.equals("create")) Host.await(Instant::now, now -> now.isAfter(deadline));
    });
    var e = assertThrows(UnavailableException.class, () -> host.tasks.runAttached(new Scope("default", "root", Optional.empty(), deadline),
        Host.script("c", "sleep 1000")));
    assertEquals(0, e.getSuppressed().length);
    Host.await(() -> host.tasks.list(SCOPE, "", 10), List.of()::equals);
    assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "c"));
    Host.await(host::left, List.of()::equals); // the record is not the last to go
  }

  @Test
  void whatFailsToBeAdoptedIsTriedAgain() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    host.close();
    var failing = new LeavableDrivers() {
      private int times;

      @Override
      public synchronized <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
        if (ref.equals(RUNTIME) && times++ < 2) throw new IOException("as wanted");
        return super.lend(type, ref, scope, call);
      }
    };
    host = new Host(root, failing);
    host.tasks.delete(SCOPE.within(Duration.ofSeconds(20)), "c", true);
    assertTrue(host.told.lines().stream().anyMatch(l -> l.contains("/tasks/exit")), "its end is told, so it was watched");
  }

  /** Removed between its start and the row that says that it runs. */
  @Test
  void whatIsDeletedWhileItStartsStaysDeleted() throws Exception {
    var started = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    drivers.around((name, given) -> { }, (name, given) -> {
      if (!name.equals("state") || started.getCount() == 0) return;
      started.countDown();
      goOn.await();
    });
    Future<Attached> running;
    Future<?> deleting;
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      running = pool.submit(() -> host.tasks.runAttached(SCOPE, Host.script("c", "sleep 1000")));
      started.await();
      deleting = pool.submit(() -> {
        host.tasks.delete(SCOPE, "c", true);
        return null;
      });
      Instant patience = Instant.now().plusSeconds(1); // it may wait for the start, and need not
      Host.await(Instant::now, now -> deleting.isDone() || now.isAfter(patience));
      goOn.countDown();
    }
    assertEquals(Optional.empty(), TaskRow.find(host.table, SCOPE, "c"));
    assertEquals(List.of(), host.tasks.list(SCOPE, "", 10));
    assertEquals(List.of(), host.left());
    deleting.get();
    assertEquals(137, Host.outcome(running.get()).getFirst());
  }

  /** It ends, and while its end is told its id is given to another. */
  @Test
  void theOneThatHasItsIdByNowIsNotRemovedInItsPlace() throws Exception {
    var ended = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    host.onEvent = topic -> {
      if (!topic.equals("/tasks/exit") || ended.getCount() == 0) return;
      ended.countDown();
      goOn.await();
    };
    host.tasks.run(SCOPE, new RunRequest("c", Host.IMAGE, List.of("/bin/true"), List.of(), "", "", List.of(), false, false, false, "", "",
        Map.of(), true));
    ended.await();
    host.tasks.delete(SCOPE, "c", false);
    host.tasks.run(SCOPE, Host.script("c", "sleep 1000"));
    goOn.countDown();
    pass(Duration.ofSeconds(1));
    assertEquals(Status.RUNNING, host.status("c"));
  }
}
