package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.kit.world.SmallDisk;
import io.gantry.linux.ProcStat;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The driver against the real shim and runc. */
class ShimTest extends Boxed {
  /** Where the document has the path of the cgroup, and where the shim alone knows it. */
  @Test
  void killsForWantOfMemoryAreCountedWhereverTheCgroupIs() throws Exception {
    for (String before : List.of("/", "")) {
      TaskId id = box.id("hungry" + before.length());
      driver.create(box.limited(id, before, "/bin/sh", "-c", "(x=x; while true; do x=$x$x; done); read end < /gate"));
      assertEquals(0, driver.killed(id));
      Process gate = new ProcessBuilder("mkfifo", box.rootfs.resolve("gate").toString()).start();
      assertEquals(0, gate.waitFor());
      driver.start(id);
      Box.await(() -> driver.killed(id), n -> n == 1);
      Files.writeString(box.rootfs.resolve("gate"), "end\n");
      assertEquals(0, Box.ended(driver, id).exit().orElseThrow().code());
      assertEquals(1, driver.killed(id), "of one that has ended, before '" + before + "'");
      driver.delete(id);
      assertThrows(NotFoundException.class, () -> driver.killed(id));
      Files.delete(box.rootfs.resolve("gate"));
    }
  }

  @Test
  void runsToItsEndAndLeavesNothing() throws Exception {
    TaskId id = box.id("one");
    driver.create(box.spec(id, box.toFile("log"), "/bin/sh", "-c", "echo out; echo err >&2; exit 7"));
    TaskState created = driver.state(id);
    assertEquals(Status.CREATED, created.status());
    assertEquals(box.toFile("log"), created.stdio());
    assertTrue(created.pid() > 0);
    Instant before = Instant.now();
    driver.start(id);
    TaskState ended = Box.ended(driver, id);
    assertEquals(new TaskState(id, Status.STOPPED, 0, Optional.of(new TaskState.Exit(7, ended.exit().orElseThrow().at())),
        box.toFile("log")), ended);
    Duration took = Duration.between(before, ended.exit().orElseThrow().at());
    assertTrue(!took.isNegative() && took.toSeconds() < 10, "the exit is " + took + " after the start");
    assertEquals(ended, driver.state(id), "T-5");
    driver.delete(id);
    assertEquals("err out", String.join(" ", box.read("log").lines().sorted().toList()), "all that was written is there after delete");
    assertEquals(List.of(), box.left());
    assertThrows(NotFoundException.class, () -> driver.state(id));
    assertThrows(NotFoundException.class, () -> driver.delete(id));
  }

  @Test
  void execsAndSignals() throws Exception {
    TaskId id = box.id("busy");
    driver.create(box.spec(id, box.toFile("log"), "/bin/sleep", "1000"));
    driver.start(id);
    assertThrows(AlreadyExistsException.class, () -> driver.create(box.spec(id, Stdio.NONE, "/bin/true")), "T-4");
    assertThrows(ConflictException.class, () -> driver.delete(id), "T-6");

    TaskId exec = id.withExec("e1");
    driver.exec(exec, box.process(false, "/bin/sh", "-c", "echo from exec; exit 3"), box.toFile("exec-log"));
    driver.start(exec);
    assertEquals(3, Box.ended(driver, exec).exit().orElseThrow().code());
    driver.delete(exec);
    assertEquals("from exec\n", box.read("exec-log"));
    assertThrows(NotFoundException.class, () -> driver.state(exec));

    TaskId sleeper = id.withExec("e2");
    driver.exec(sleeper, box.process(false, "/bin/sleep", "1000"), Stdio.NONE);
    driver.start(sleeper);
    TaskState running = driver.state(sleeper);
    assertEquals(Status.RUNNING, running.status());
    assertTrue(driver.pids(id).contains(running.pid()), "pids " + driver.pids(id));
    driver.signal(sleeper, 15, false);
    assertEquals(143, Box.ended(driver, sleeper).exit().orElseThrow().code());
    driver.delete(sleeper);

    driver.pause(id);
    assertEquals(Status.PAUSED, driver.state(id).status());
    driver.resume(id);
    driver.signal(id, 9, false);
    assertEquals(137, Box.ended(driver, id).exit().orElseThrow().code());
    ConflictException e = assertThrows(ConflictException.class, () -> driver.signal(id, 15, false));
    assertTrue(e.getMessage().contains("container test/busy"), e.getMessage());
    driver.delete(id);
    assertEquals(List.of(), box.left());
  }

  @Test
  void commandsThatCannotBeRunLeaveNothing() throws Exception {
    TaskId id = box.id("bad");
    for (String command : List.of("nothere", "/bin/nothere")) {
      NotFoundException e = assertThrows(NotFoundException.class, () -> attempt(id, command));
      assertTrue(e.getMessage().contains("'" + command + "'"), e.getMessage());
      assertEquals(List.of(), box.left());
    }
    for (String command : List.of("/etc/plain", "/etc")) {
      DeniedException e = assertThrows(DeniedException.class, () -> attempt(id, command));
      assertTrue(e.getMessage().contains("'" + command + "'"), e.getMessage());
      assertEquals(List.of(), box.left());
    }
  }

  /** T-4: of more than a megabyte. */
  @Test
  void aFailedCreateOfALongSpecLeavesNothing() throws Exception {
    TaskId id = box.id("long");
    String[] command = new String[13];
    Arrays.fill(command, "x".repeat(100_000)); // the kernel takes up to 128 KiB each
    command[0] = "/bin/nothere";
    for (int i = 0; i < 2; i++) {
      assertThrows(NotFoundException.class, () -> driver.create(box.spec(id, Stdio.NONE, command)));
      assertEquals(List.of(), box.left());
    }
  }

  /** T-4: whichever file it is that finds no room, of the driver, the shim or runc. */
  @Test
  void aCreateThatFindsNoRoomLeavesNothing() throws Exception {
    TaskId id = box.id("full");
    int failures = 0;
    try (SmallDisk disk = SmallDisk.mount(box.state, 1)) {
      List<String> before = box.left();
      Path fill = disk.fill();
      while (!created(id)) {
        failures++;
        assertEquals(before, box.left(), "after a create with room for " + (failures - 1) + " pages");
        try (FileChannel c = FileChannel.open(fill, StandardOpenOption.WRITE)) {
          c.truncate(c.size() - 4096);
        }
      }
      driver.delete(id);
      assertEquals(before, box.left());
    }
    assertTrue(failures > 2, "failures: " + failures);
  }

  private boolean created(TaskId id) throws IOException {
    try {
      driver.create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
      return true;
    } catch (AlreadyExistsException taken) {
      throw taken;
    } catch (IOException noRoom) {
      return false;
    }
  }

  /** The kernel refuses it only once the container has started, so runc cannot tell: it is an exit, with a line in the log. */
  @Test
  void aFileThatIsNoProgramEndsAtOnce() throws Exception {
    TaskId id = box.id("garbage");
    attempt(id, "/etc/garbage");
    assertEquals(1, Box.ended(driver, id).exit().orElseThrow().code());
    driver.delete(id);
    assertTrue(box.read("log").contains("exec format error"), box.read("log"));
  }

  /** The stream that ends first does not take the other's file with it; a shim by itself would close it for both. */
  @Test
  void bothStreamsAreKeptToTheirEnd() throws Exception {
    TaskId id = box.id("talks");
    driver.create(box.spec(id, box.toFile("log"), "/bin/sh", "-c", "echo out; exec 1>&-; sleep 0.2; echo last words >&2; sleep 1000"));
    driver.start(id);
    TaskId exec = id.withExec("e");
    driver.exec(exec, box.process(false, "/bin/sh", "-c", "echo err >&2; exec 2>&-; sleep 0.2; echo said last"), box.toFile("exec-log"));
    driver.start(exec);
    Box.ended(driver, exec);
    driver.delete(exec);
    assertEquals("err\nsaid last\n", box.read("exec-log"));
    assertEquals("out\nlast words\n", Box.await(() -> box.read("log"), log -> log.length() > 4));
    driver.signal(id, 9, true);
    Box.ended(driver, id);
    driver.delete(id);
  }

  /** A manager learns of the end on one thread while a user removes the container on another. */
  @Test
  void severalMayRemoveItAtOnce() throws Exception {
    TaskId id = box.id("wanted");
    for (int round = 0; round < 6; round++) {
      attempt(id, "/bin/true");
      Box.ended(driver, id);
      List<Throwable> strange = Collections.synchronizedList(new ArrayList<>());
      List<Thread> all = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        boolean look = t % 2 == 0;
        all.add(Thread.ofPlatform().start(() -> {
          try {
            if (look) driver.state(id);
            else driver.delete(id);
          } catch (NotFoundException gone) {
            assertTrue(gone.getMessage().contains("wanted"), gone.getMessage());
          } catch (IOException | RuntimeException e) {
            strange.add(e);
          }
        }));
      }
      for (Thread t : all) t.join();
      assertEquals(List.of(), strange, "round " + round);
      assertEquals(List.of(), box.left());
    }
  }

  private void attempt(TaskId id, String command) throws IOException {
    driver.create(box.spec(id, box.toFile("log"), command));
    driver.start(id);
  }

  @Test
  void mountsItsRootFileSystemAndUnmountsIt() throws Exception {
    TaskId id = box.id("overlaid");
    Path upper = Files.createDirectory(box.dir.resolve("upper"));
    Path work = Files.createDirectory(box.dir.resolve("work"));
    Mount overlay = new Mount("overlay", "overlay", "",
        List.of("lowerdir=" + box.rootfs, "upperdir=" + upper, "workdir=" + work));
    driver.create(box.mounted(id, List.of(overlay), box.toFile("log"), "/bin/sh", "-c", "echo new > /tmp/file; cat /tmp/file"));
    assertTrue(box.left().contains("mount " + box.state.resolve("task/test/overlaid/rootfs")));
    driver.start(id);
    Box.ended(driver, id);
    driver.delete(id);
    assertEquals(List.of(), box.left());
    assertEquals("new\n", box.read("log"));
    assertEquals("new\n", Files.readString(upper.resolve("tmp/file")));
  }

  /** A new instance for every call: none holds what the next one needs (T-2). */
  @Test
  void successorsTakeOverAsOftenAsOneLikes() throws Exception {
    TaskId id = box.id("steady");
    driver.create(box.spec(id, box.toFile("log"), "/bin/sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; sleep 0.01; done"));
    driver.start(id);
    long pid = driver.state(id).pid();
    TaskId exec = id.withExec("e");
    box.driver().exec(exec, box.process(false, "/bin/sh", "-c", "exit 5"), Stdio.NONE);
    box.driver().start(exec);
    for (int i = 0; i < 30; i++) {
      TaskState s = box.driver().state(id);
      assertEquals(List.of(Status.RUNNING, pid), List.of(s.status(), s.pid()));
    }
    assertEquals(5, Box.ended(box.driver(), exec).exit().orElseThrow().code());
    box.driver().signal(id, 9, false);
    assertEquals(137, Box.ended(box.driver(), id).exit().orElseThrow().code());
    box.driver().delete(id);
    List<Integer> lines = box.read("log").lines().map(Integer::valueOf).toList();
    assertEquals(java.util.stream.IntStream.rangeClosed(1, lines.size()).boxed().toList(), lines, "each line is there once");
  }

  /** Many look at the same time, as lists, clients and core's own watch do, while core deletes it already. */
  @Test
  void whoAsksWhenItsShimDiedHearsHowItEndedOrThatItIsGone() throws Exception {
    for (int i = 0; i < 10; i++) {
      TaskId id = box.id("asked" + i);
      driver.create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
      driver.start(id);
      killShim(id);
      try (var pool = Executors.newCachedThreadPool()) {
        List<Future<Set<TaskState>>> asked = new ArrayList<>();
        var heard = new CountDownLatch(1); // of one at least: on a busy machine it is gone before any is answered
        for (int n = 0; n < 6; n++) asked.add(pool.submit(() -> told(id, heard)));
        Box.await(() -> driver.state(id), s -> s.status() == Status.STOPPED);
        assertTrue(heard.await(20, TimeUnit.SECONDS));
        driver.delete(id);
        var told = new HashSet<TaskState>();
        for (Future<Set<TaskState>> f : asked) told.addAll(f.get());
        assertEquals(1, told.size(), told.toString());
        assertEquals(137, told.iterator().next().exit().orElseThrow().code());
      }
    }
  }

  /** All that is told of it until it is gone. */
  private Set<TaskState> told(TaskId id, CountDownLatch heard) throws IOException {
    var told = new HashSet<TaskState>();
    while (true) {
      try {
        told.add(driver.state(id));
        heard.countDown();
      } catch (NotFoundException gone) {
        return told;
      }
    }
  }

  @Test
  void aShimThatDiedIsClearedUpAfter() throws Exception {
    TaskId id = box.id("orphan");
    Mount bind = new Mount("bind", box.rootfs.toString(), "", List.of("rbind", "rw"));
    driver.create(box.mounted(id, List.of(bind), box.toFile("log"), "/bin/sleep", "1000"));
    driver.start(id);
    TaskId exec = id.withExec("e");
    driver.exec(exec, box.process(false, "/bin/sleep", "1000"), Stdio.NONE);
    driver.start(exec);
    long init = driver.state(id).pid();
    long second = driver.state(exec).pid();
    killShim(id);

    TaskState state = Box.await(() -> driver.state(id), s -> s.status() == Status.STOPPED);
    assertEquals(137, state.exit().orElseThrow().code());
    assertFalse(alive(init), "the first process lives");
    assertFalse(alive(second), "the further process lives");
    assertEquals(137, driver.state(exec).exit().orElseThrow().code());
    assertEquals(state, box.driver().state(id), "T-5");
    assertEquals(List.of(), box.left().stream().filter(l -> !l.startsWith("file ")).toList());
    assertThrows(ConflictException.class, () -> driver.signal(id, 9, false));
    driver.delete(id);
    assertEquals(List.of(), box.left());
    driver.create(box.spec(id, Stdio.NONE, "/bin/true"));
    driver.delete(id);
  }

  /** The manager was killed after it had made the folder and the shim, and before it noted it. */
  @Test
  void whatWasHalfMadeCanBeDeleted() throws Exception {
    TaskId id = box.id("half");
    TaskFolder folder = box.folder(id);
    folder.make(box.spec(id, Stdio.NONE, "/bin/true").spec().value());
    assertEquals(Status.UNKNOWN, driver.state(id).status());
    ShimAddress address = new ShimCommand(box.settings, box.state.resolve("events.sock")).start(folder);
    assertEquals(Status.UNKNOWN, driver.state(id).status());
    assertThrows(ConflictException.class, () -> driver.start(id));
    Files.createDirectories(box.state.resolve("task/test/.other.1f/rootfs")); // a removal that was cut off
    driver.delete(id);
    assertEquals(List.of(), box.left());
    assertFalse(Files.exists(address.socket()));
  }

  /** The manager is killed with -9; another finds both again, and the exit of the meantime. */
  @Test
  void containersOutliveTheManager() throws Exception {
    Process manager = box.manager(StartedByAnother.class);
    try (var out = manager.inputReader()) {
      assertEquals("started", out.readLine());
    } finally {
      manager.destroyForcibly().waitFor();
    }
    TaskId ends = box.id("ends");
    TaskState.Exit ended = Box.ended(driver, ends).exit().orElseThrow();
    assertEquals(9, ended.code());
    assertEquals(ended, box.driver().state(ends).exit().orElseThrow(), "when it ended, not when it was asked for");
    TaskId stays = box.id("stays");
    assertEquals(Status.RUNNING, driver.state(stays).status());
    long lines = box.read("stays").lines().count();
    Box.await(() -> box.read("stays").lines().count(), n -> n > lines + 10);
    driver.signal(stays, 9, false);
    assertEquals(137, Box.ended(driver, stays).exit().orElseThrow().code());
    driver.delete(stays);
    driver.delete(ends);
    assertEquals(List.of(), box.left());
  }

  @Test
  void hasATerminal() throws Exception {
    TaskId id = box.id("tty");
    Path in = fifo("in");
    Path out = fifo("out");
    try (FileChannel typed = FileChannel.open(in, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileChannel shown = FileChannel.open(out, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Stdio stdio = new Stdio("fifo://" + in, "fifo://" + out, "", true);
      driver.create(box.spec(id, stdio, "/bin/sh", "-c", "stty size; read x; stty size; echo got $x; exit 4"));
      driver.resize(id, 100, 30);
      driver.start(id);
      assertEquals("30 100", line(shown));
      driver.resize(id, 80, 25);
      typed.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.UTF_8)));
      assertEquals("hello", line(shown), "echo");
      assertEquals("25 80", line(shown));
      assertEquals("got hello", line(shown));
      assertEquals(4, Box.ended(driver, id).exit().orElseThrow().code());
    }
    driver.delete(id);
    assertEquals(List.of(), box.left());
  }

  /** Without an attached client a terminal's output goes to a file too. */
  @Test
  void terminalIntoAFile() throws Exception {
    TaskId id = box.id("ttylog");
    Path log = Files.createFile(box.dir.resolve("ttylog"));
    driver.create(box.spec(id, new Stdio("", "file://" + log, "", true), "/bin/sh", "-c", "echo one; echo two"));
    driver.start(id);
    Box.ended(driver, id);
    driver.delete(id);
    assertEquals("one\r\ntwo\r\n", Files.readString(log));
  }

  private Path fifo(String name) throws Exception {
    Path path = box.dir.resolve(name);
    assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor());
    return path;
  }

  private static String line(FileChannel from) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (line.indexOf("\n") < 0) {
      from.read(one.clear());
      line.append((char) one.get(0));
    }
    return line.toString().strip();
  }

  private void killShim(TaskId id) throws IOException {
    box.folder(id).note().orElseThrow().keeper().end(Duration.ZERO);
  }

  private static boolean alive(long pid) throws IOException {
    Optional<ProcStat> stat = ProcStat.of((int) pid);
    return stat.isPresent() && stat.get().alive();
  }
}
