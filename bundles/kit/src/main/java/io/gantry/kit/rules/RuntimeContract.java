package io.gantry.kit.rules;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Programs;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
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
import java.util.List;
import java.util.Optional;

/** The rules of {@link Runtime}, with real processes over a root file system of busybox; needs root. */
public final class RuntimeContract implements Contract<Runtime> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "Runtime";
  }

  @Rule("T-1")
  void processesAreNoChildrenOfTheManager(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    long pid = c.run("a", "/bin/sleep", "1000").pid();
    for (Optional<ProcessHandle> p = c.process(pid).parent(); p.isPresent(); p = p.get().parent()) {
      t.check(p.get().pid() != ProcessHandle.current().pid(), "process " + pid + " descends from the manager");
    }
    t.shut();
    t.check(c.process(pid).isAlive(), "the process ended with its driver");
    t.reopen();
    t.equal(pid, c.running("a").pid(), "pid after a new start of the driver");
  }

  @Rule("T-2")
  void eachStepIsAnotherInstances(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    t.driver().create(c.spec("a", "/bin/sleep", "1000"));
    t.equal(Status.CREATED, t.reopen().state(c.id("a")).status(), "status after create");
    t.reopen().start(c.id("a"));
    TaskState running = c.running("a");
    t.equal(running, t.reopen().state(c.id("a")), "state of a running container, asked of a new instance");
    t.equal(running, t.another().state(c.id("a")), "state, asked of a second instance beside the first");
    t.reopen().signal(c.id("a"), 9, false);
    TaskState ended = c.ended("a");
    t.equal(ended, t.reopen().state(c.id("a")), "state of an ended container, asked of a new instance");
    t.reopen().delete(c.id("a"));
    t.fails(NotFoundException.class, "state of a removed container", () -> t.reopen().state(c.id("a")));
  }

  @Rule("T-3")
  void noCallWaitsForAnEnd(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    c.run("a", "/bin/sleep", "8"); // running() fails where start waited; the calls take a moment on a busy machine
    t.driver().signal(c.id("a"), 18, false); // SIGCONT: changes nothing
    c.running("a");
    t.fails(ConflictException.class, "delete of a running container", () -> t.driver().delete(c.id("a")));
    c.running("a");
  }

  @Rule("T-4")
  void idThatExistsIsRefused(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    t.driver().create(c.spec("a", "/bin/sleep", "1000"));
    t.fails(AlreadyExistsException.class, "create of a created one", () -> t.driver().create(c.spec("a", "/bin/true")));
    t.driver().start(c.id("a"));
    TaskState running = c.running("a");
    t.fails(AlreadyExistsException.class, "create of a running one", () -> t.driver().create(c.spec("a", "/bin/true")));
    t.equal(running, t.driver().state(c.id("a")), "state of the first after the second was refused");
  }

  @Rule("T-4")
  void failedCreateLeavesNothing(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    List<String> before = c.afterOne();
    var none = t.scratch("none").resolve("absent");
    t.fails(IOException.class, "create over a root that is not there", () -> t.driver().create(c.spec("b", none, "/bin/true")));
    t.equal(before, c.traces(), "what is on the host after a create that failed");
    t.fails(NotFoundException.class, "state of what was not created", () -> t.driver().state(c.id("b")));
    String[] many = new String[12]; // of more than a megabyte together, each of what the kernel takes
    Arrays.fill(many, "x".repeat(100_000));
    many[0] = "/bin/absent";
    if (!created(t, c.spec("b", many))) t.equal(before, c.traces(), "what is on the host after a create without a command");
    else t.driver().delete(c.id("b")); // its command is looked for by start
    c.run("b", "/bin/sleep", "1000");
  }

  private static boolean created(Trial<Runtime> t, TaskSpec spec) throws Exception {
    try {
      t.driver().create(spec);
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  @Rule("T-5")
  void endIsToldUntilDelete(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    Instant before = Instant.now();
    t.driver().create(c.spec("a", "/bin/ends", "0", "7"));
    t.driver().start(c.id("a"));
    TaskState first = c.ended("a");
    t.equal(7, first.exit().orElseThrow().code(), "exit code");
    Instant at = first.exit().orElseThrow().at();
    t.check(!at.isBefore(before) && !at.isAfter(Instant.now()), "it ended at " + at + ", was started at " + before);
    t.equal(first, t.reopen().state(c.id("a")), "state of an ended container after a new start");
    c.run("b", "/bin/sleep", "1000");
    t.driver().signal(c.id("b"), 9, false);
    t.equal(137, c.ended("b").exit().orElseThrow().code(), "exit code of a killed one");
  }

  @Rule("T-5")
  void endsOfTheMeantimeAreKnown(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    TaskState s = c.run("a", "/bin/ends", "2", "9");
    ProcessHandle process = c.process(s.pid());
    t.shut();
    Threads.await(() -> !process.isAlive(), () -> "process " + process.pid() + " does not end");
    Instant seen = Instant.now();
    t.reopen();
    TaskState ended = c.ended("a");
    t.equal(9, ended.exit().orElseThrow().code(), "exit code of what ended while there was no driver");
    t.check(!ended.exit().get().at().isAfter(seen.plusSeconds(1)), "it ended at " + ended.exit().get().at() + ", seen at " + seen);
  }

  @Rule("T-5")
  void deadKeeperEndsIt(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    ProcessHandle process = c.process(c.run("a", "/bin/sleep", "1000").pid());
    c.killKeeper(process.pid());
    TaskState ended = c.ended("a");
    t.equal(137, ended.exit().orElseThrow().code(), "exit code where the keeper died");
    Threads.await(() -> !process.isAlive(), () -> "the process lives on, told to have ended");
    t.equal(ended, t.reopen().state(c.id("a")), "state where the keeper died, after a new start");
  }

  @Rule("T-6")
  void deleteRemovesAllOfAStoppedOne(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    List<String> before = c.afterOne();
    t.check(before.stream().allMatch(s -> s.startsWith("file ")), "left on the host after delete: " + before);
    t.check(before.stream().noneMatch(s -> s.contains("/first")), "files of a removed container: " + before);
    t.driver().create(c.spec("a", "/bin/sleep", "1000"));
    t.driver().delete(c.id("a"));
    t.equal(before, c.traces(), "what is on the host after delete of one that never started");
    t.fails(NotFoundException.class, "delete of an unknown one", () -> t.driver().delete(c.id("a")));
    t.fails(NotFoundException.class, "state of an unknown one", () -> t.driver().state(c.id("a")));
  }

  @Rule("T-6")
  void runningOneIsInConflict(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    TaskState running = c.run("a", "/bin/sleep", "1000");
    t.fails(ConflictException.class, "delete of a running one", () -> t.driver().delete(c.id("a")));
    t.equal(running, t.driver().state(c.id("a")), "state after the refusal");
  }

  @Rule("T-6")
  void deadKeepersRemainsGo(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    List<String> before = c.afterOne();
    ProcessHandle process = c.process(c.run("a", "/bin/sleep", "1000").pid());
    c.killKeeper(process.pid());
    t.driver().delete(c.id("a"));
    Threads.await(() -> !process.isAlive(), () -> "process " + process.pid() + " is left after delete");
    t.equal(before, c.traces(), "what is on the host after delete of one whose keeper died");
    c.run("a", "/bin/sleep", "1000");
  }

  @Rule("T-7")
  void commandsThatCannotRunAreTold(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    told(t, t.fails(NotFoundException.class, "a command that is not there", () -> c.run("a", "/bin/absent")), "/bin/absent");
    told(t, t.fails(NotFoundException.class, "a command that is not in the PATH", () -> c.run("b", "absent")), "absent");
    told(t, t.fails(DeniedException.class, "a command that is not executable", () -> c.run("c", "/etc/plain")), "/etc/plain");
  }

  @Rule("T-8")
  void whatDoesNotFitTheStateIsInConflict(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    TaskState running = c.run("a", "/bin/sleep", "1000");
    t.fails(ConflictException.class, "start of a running one", () -> t.driver().start(c.id("a")));
    t.equal(running, t.driver().state(c.id("a")), "state of a running one after start was refused");
    t.driver().signal(c.id("a"), 9, false);
    TaskState ended = c.ended("a");
    t.fails(ConflictException.class, "start of an ended one", () -> t.driver().start(c.id("a")));
    t.fails(ConflictException.class, "signal to an ended one", () -> t.driver().signal(c.id("a"), 15, false));
    t.equal(ended, t.driver().state(c.id("a")), "state of an ended one after start and signal were refused");
  }

  @Rule("T-8")
  void unknownIdsAreNotFound(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    t.fails(NotFoundException.class, "start of an unknown one", () -> t.driver().start(c.id("u")));
    t.fails(NotFoundException.class, "signal to an unknown one", () -> t.driver().signal(c.id("u"), 15, false));
    t.fails(NotFoundException.class, "state of an unknown one", () -> t.driver().state(c.id("u")));
    t.fails(NotFoundException.class, "delete of an unknown one", () -> t.driver().delete(c.id("u")));
  }

  @Rule("T-16")
  void streamsMayHaveAnyCharacterInTheirPaths(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    for (String name : List.of("my data", "a%20b", "100%", "a#b", "a?b", "a+b")) {
      Path folder = Files.createDirectory(t.scratch("out").resolve(name));
      Path out = Files.createFile(folder.resolve("log"));
      Path in = folder.resolve("in");
      Programs.output("mkfifo", in.toString());
      try (FileChannel held = FileChannel.open(in, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        held.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.UTF_8)));
        t.driver().create(c.spec("a", c.into(out, Optional.of(in), false), "/bin/repeats"));
        t.driver().start(c.id("a"));
        c.ended("a");
        t.driver().delete(c.id("a"));
      }
      t.equal("hello\n", Files.readString(out), "what came through streams in a folder '" + name + "'");
    }
  }

  @Rule("T-17")
  void oneOfSeveralRemovals(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    List<String> before = c.afterOne();
    for (int round = 0; round < 5; round++) {
      t.driver().create(c.spec("a", "/bin/sleep", "1000"));
      removed(t, Threads.together(Collections.nCopies(4, () -> t.driver().delete(c.id("a")))));
      t.fails(NotFoundException.class, "state of what several removed", () -> t.driver().state(c.id("a")));
      t.equal(before, c.traces(), "what is on the host after several removed it");
    }
  }

  private static void removed(Trial<Runtime> t, List<Optional<IOException>> removals) {
    t.check(removals.stream().anyMatch(Optional::isEmpty), "none of several removals did it: " + removals);
    for (Optional<IOException> r : removals) {
      t.check(r.isEmpty() || r.get() instanceof NotFoundException, "a removal beside others says " + r);
    }
  }

  /** The others ask on until it is gone, so that they come upon each step of its removal. */
  @Rule("T-17")
  void callsBesideARemoval(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    List<String> before = c.afterOne();
    TaskId id = c.id("a");
    for (int round = 0; round < 5; round++) {
      t.driver().create(c.spec("a", "/bin/ends", "0", "7"));
      t.driver().start(id);
      TaskState ended = c.ended("a");
      List<Trial.Call> calls = new ArrayList<>(Collections.nCopies(2, () -> t.driver().delete(id)));
      calls.add(untilGone(t, "state", () -> {
        TaskState s = t.driver().state(id);
        if (s.status() != Status.UNKNOWN) t.equal(ended, s, "state beside a removal");
      }));
      calls.add(untilGone(t, "start", () -> refused(t, "start", () -> t.driver().start(id))));
      calls.add(untilGone(t, "signal", () -> refused(t, "signal", () -> t.driver().signal(id, 15, false))));
      if (t.driver() instanceof Exec driver) {
        TaskId added = id.withExec("e");
        var sleep = c.process(Stdio.NONE, "/bin/sleep", "1000");
        calls.add(untilGone(t, "exec", () -> refused(t, "exec", () -> driver.exec(added, sleep, Stdio.NONE))));
      }
      if (t.driver() instanceof Processes driver) {
        calls.add(untilGone(t, "pids", () -> t.equal(List.of(), driver.pids(id), "pids of an ended one beside its removal")));
      }
      removed(t, Threads.together(calls).subList(0, 2));
      t.equal(before, c.traces(), "what is on the host after a removal beside other calls");
    }
  }

  /** That it has ended is an answer too, until it is gone. */
  private static void refused(Trial<Runtime> t, String what, Trial.Call call) throws Exception {
    try {
      call.run();
    } catch (ConflictException e) {
      return;
    }
    t.check(false, what + " of an ended one beside its removal was taken");
  }

  private static Trial.Call untilGone(Trial<Runtime> t, String what, Trial.Call call) {
    return () -> {
      for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
        try {
          call.run();
        } catch (NotFoundException e) {
          return;
        } catch (Exception e) {
          throw new AssertionError(what + " beside a removal says " + e, e);
        }
      }
      t.check(false, what + " beside a removal does not come to say that it is gone");
    };
  }

  @Rule("T-18")
  void startAnswersThePid(Trial<Runtime> t) throws Exception {
    Containers c = new Containers(t);
    t.driver().create(c.spec("a", "/bin/sleep", "1000"));
    long pid = t.driver().start(c.id("a"));
    t.equal(c.running("a").pid(), pid, "pid that start answered, beside that of state");
    for (int round = 0; round < 5; round++) {
      String name = "b" + round;
      t.driver().create(c.spec(name, "/bin/ends", "0", "0"));
      pid = t.driver().start(c.id(name));
      t.check(pid > 0, "start of a short process answered pid " + pid);
      c.ended(c.id(name));
    }
  }

  private static void told(Trial<Runtime> t, GantryException e, String command) {
    t.check(e.getMessage().contains(command), "the message does not name " + command + ": " + e.getMessage());
  }
}
