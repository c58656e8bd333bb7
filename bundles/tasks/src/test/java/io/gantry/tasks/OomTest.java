package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.LeavableDrivers;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.task.ProcessRef;
import io.gantry.spi.runtime.OutOfMemory;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.tasks.TaskRow.Phase;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel kills for want of memory, over the real kernel. */
class OomTest {
  private static final String EATS = "x=x; while true; do x=$x$x; done";
  private static final ProcessRef C = ProcessRef.first("c");
  private static final ProcessRef E = new ProcessRef("c", "e");
  @TempDir Path root;
  private Host host;
  private Client client;

  @BeforeEach
  void open() throws IOException {
    Host.require();
    boolean v2 = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    assumeTrue(v2 || Files.exists(Path.of("/sys/fs/cgroup/memory")), "skipped: no cgroup of this kernel counts memory");
    host = new Host(root);
    client = new Client(root.resolve("client"));
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  /** Topics of what was told of processes and their ends. */
  private List<String> told() {
    return host.told.lines().stream().filter(l -> l.contains("/tasks/oom") || l.contains("/tasks/exit")).map(l -> l.split(" ")[1]).toList();
  }

  private void limit() throws IOException {
    String limit = "{\"memory\":{\"limit\":" + (32 << 20) + "}}";
    host.tasks.update(SCOPE, "c", new Typed("types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", limit.getBytes(
        StandardCharsets.UTF_8)));
  }

  /** Descriptors by which memory is watched, of this process: of cgroups v1 event descriptors, of which others are in use too. */
  private static long descriptors() throws IOException {
    long count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path fd : all) if (isOfMemory(fd)) count++;
    }
    return count;
  }

  private static boolean isOfMemory(Path fd) {
    try {
      String target = Files.readSymbolicLink(fd).toString();
      return target.equals("anon_inode:[eventfd]") || target.contains("memory.events");
    } catch (IOException closed) {
      return false;
    }
  }

  private boolean isThere(String name) {
    return Files.exists(root.resolve("client/tree/tmp").resolve(name));
  }

  /** A manager that learns of a kill by the kernel's word alone: a look every few seconds is told nothing. */
  private void openHearing(List<String> tellers) throws IOException {
    host.close();
    host = new Host(root, new LeavableDrivers() {
      @Override
      public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
        if (Thread.currentThread().getName().startsWith("task-look-")) throw new UnavailableException("as wanted");
        return super.lend(type, ref, scope, call);
      }
    });
    host.onEvent = topic -> {
      if (topic.equals("/tasks/oom")) tellers.add(Thread.currentThread().getName());
    };
  }

  @Test
  void aKillInAContainerThatLivesOnIsHeardOfAndNothingStaysOpen() throws Exception {
    var tellers = new CopyOnWriteArrayList<String>();
    openHearing(tellers);
    client.create(host, "c", Stdio.NONE, "/bin/sh", "-c", "for i in 1 2 3 4 5; do until [ -e /tmp/go$i ]; do sleep 0.01; done; (" + EATS
        + "); echo > /tmp/dead$i; done; sleep 1000");
    limit();
    host.tasks.start(SCOPE, C);
    long watched = descriptors();
    for (int i = 1; i <= 5; i++) {
      if (i == 4) { // another manager tells as soon
        host.close();
        assertEquals(watched - 3, descriptors(), "two threads were woken by one each, and the container had one");
        openHearing(tellers);
        Host.await(() -> host.status("c"), Status.RUNNING::equals);
      }
      int n = i;
      long told = told().size();
      Files.createFile(root.resolve("client/tree/tmp/go" + i));
      Host.await(() -> isThere("dead" + n), Boolean.TRUE::equals);
      Host.await(() -> told().size() > told, Boolean.TRUE::equals);
    }
    host.tasks.kill(SCOPE, C, 9);
    host.tasks.await(SCOPE, C);
    assertEquals(List.of("/tasks/oom", "/tasks/oom", "/tasks/exit"), told(), "of this manager, each once");
    assertEquals(Collections.nCopies(5, "task-oom-default/c"), tellers);
    Host.await(OomTest::descriptors, n -> n == watched - 1);
    host.tasks.delete(SCOPE, C);
  }

  @Test
  void theKillOfTheFirstProcessIsToldBeforeItsEnd() throws Exception {
    for (int i = 0; i < 10; i++) {
      host.told.news();
      client.create(host, "c", Stdio.NONE, "/bin/sh", "-c", EATS);
      limit();
      host.tasks.start(SCOPE, C);
      assertEquals(137, host.tasks.await(SCOPE, C).code());
      assertEquals(List.of("/tasks/oom", "/tasks/exit"), told());
      host.tasks.delete(SCOPE, C);
      host.containers.remove(SCOPE, "c");
    }
  }

  /** A row without a container, which a manager erases when it begins: after that. */
  private TaskRow row() throws IOException {
    assertThrows(NotFoundException.class, () -> host.tasks.create(SCOPE, client.request("nosuch", Stdio.NONE)));
    TaskRow row = TaskRow.creating("r", false);
    row.write(host.table, SCOPE);
    return row;
  }

  private static RuntimeDriver counting(LongSupplier kills) {
    var counts = new LentDrivers();
    counts.put(new DriverRef(Runtime.KIND, Host.RUNTIME), Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {
        Runtime.class, OutOfMemory.class}, (self, method, given) -> kills.getAsLong()), Map.of());
    return new RuntimeDriver(counts, SCOPE, Host.RUNTIME);
  }

  /** Its events would push out those of others. */
  @Test
  void aContainerWhoseProcessesAreKilledAllTheTimeIsToldOfAsOftenAsAnyMay() throws Exception {
    var kills = new AtomicLong();
    RuntimeDriver runtime = counting(kills::incrementAndGet);
    row();
    var nanos = new AtomicLong(7);
    var oom = new OomEvents(host.table, host.events, nanos::get);
    for (int i = 0; i < 25; i++) oom.tell(TaskId.of("default", "r"), runtime);
    assertEquals(20, told().size());
    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    oom.tell(TaskId.of("default", "r"), runtime);
    assertEquals(20, told().size(), "in the last moment of the window");
    nanos.incrementAndGet();
    oom.tell(TaskId.of("default", "r"), runtime);
    assertEquals(21, told().size());
    host.table.change(SCOPE, TaskRow.erase("r"));
  }

  /** Whoever tells an end asks here first: what another is just telling comes before it. */
  @Test
  void nobodyGoesOnWhileAKillIsBeingTold() throws Exception {
    RuntimeDriver runtime = counting(() -> 1);
    TaskId id = TaskId.of("default", "r");
    row();
    var telling = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    host.onEvent = topic -> {
      telling.countDown();
      go.await();
    };
    var oom = new OomEvents(host.table, host.events);
    Thread first = Thread.ofPlatform().start(() -> oom.tell(id, runtime));
    telling.await();
    Thread second = Thread.ofPlatform().start(() -> oom.tell(id, runtime));
    assertFalse(second.join(Duration.ofMillis(300)), "it waits");
    go.countDown();
    first.join();
    second.join();
    assertEquals(List.of("/tasks/oom"), told());
    host.table.change(SCOPE, TaskRow.erase("r"));
  }

  /** As where a kill is told between the reading and the writing of a step. */
  @Test
  void aStepThatIsWrittenDownLeavesWhatWasTold() throws Exception {
    TaskRow row = row();
    host.table.change(SCOPE, row.withKilled(3).write());
    row.running(7, "boot", 8).write(host.table, SCOPE);
    TaskRow now = TaskRow.find(host.table, SCOPE, "r").orElseThrow();
    assertEquals(List.of(Phase.RUNNING, 3L), List.of(now.phase(), now.killed()));
    host.table.change(SCOPE, TaskRow.erase("r"));
  }

  @Test
  void eachKillIsToldOnceBeforeAnyEndAndOverARestart() throws Exception {
    client.create(host, "c", Stdio.NONE, "/bin/sh", "-c", "(" + EATS + "); until [ -e /tmp/go ]; do sleep 0.1; done; " + EATS);
    limit();
    host.tasks.start(SCOPE, C);
    Host.await(this::told, List.of("/tasks/oom")::equals);
    host.tasks.add(SCOPE, E, Client.added(false, "/bin/sh", "-c", EATS), Stdio.NONE);
    host.tasks.start(SCOPE, E);
    assertEquals(137, host.tasks.await(SCOPE, E).code());
    assertEquals(List.of("/tasks/oom", "/tasks/oom", "/tasks/exit"), told());
    host.close();
    host = new Host(root);
    Instant looked = Instant.now().plusSeconds(4);
    Host.await(Instant::now, now -> now.isAfter(looked));
    assertEquals(List.of(), told(), "what an earlier manager told");
    Files.createFile(root.resolve("client/tree/tmp/go"));
    assertEquals(137, host.tasks.await(SCOPE, C).code());
    assertEquals(List.of("/tasks/oom", "/tasks/exit"), told());
    assertEquals("{container_id=c}", host.told.lines().stream().filter(l -> l.contains("/tasks/oom")).findFirst().orElseThrow()
        .replaceAll("^.*?(?=\\{)", ""));
    host.tasks.delete(SCOPE, E);
    host.tasks.delete(SCOPE, C);
  }
}
