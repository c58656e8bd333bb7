package io.gantry.kit.rules;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Programs;
import io.gantry.spi.runtime.Bundle;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Limits;
import io.gantry.spi.runtime.OutOfMemory;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stats;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The rules of what a {@link Runtime} may be besides: {@link Exec}, {@link Terminal}, {@link Pause}, {@link Processes}, {@link Limits},
 * {@link Stats}, {@link OutOfMemory}, {@link Bundle}; those that a driver is not are skipped. Needs root.
 */
public final class RuntimeExtrasContract implements Contract<Runtime> {
  private static final Duration STILL = Duration.ofMillis(300);

  @Override
  public String name() {
    return "Runtime's Exec, Terminal, Pause, Processes, Limits, Stats, OutOfMemory, Bundle";
  }

  private static <X> X as(Class<X> type, Trial<Runtime> t) throws Exception {
    t.need(type.isInstance(t.driver()), "the driver is no " + type.getSimpleName());
    return type.cast(t.driver());
  }

  @Rule("T-9")
  void addedProcessIsAtHomeInItsContainer(Trial<Runtime> t) throws Exception {
    as(Exec.class, t);
    Containers c = new Containers(t);
    long first = c.run("a", "/bin/sleep", "1000").pid();
    TaskId id = c.id("a").withExec("e");
    as(Exec.class, t).exec(id, c.process(Stdio.NONE, "/bin/sleep", "1000"), Stdio.NONE);
    t.equal(Status.CREATED, t.reopen().state(id).status(), "status of an added process before start");
    long pid = t.reopen().start(id);
    TaskState running = c.running(id);
    t.equal(running.pid(), pid, "pid that start of an added process answered (T-18), beside that of state");
    t.equal(running, t.reopen().state(id), "state of an added process, asked of a new instance");
    for (String what : List.of("root", "ns/pid", "ns/ipc", "ns/uts", "ns/mnt", "ns/net")) {
      t.check(Files.isSameFile(Path.of("/proc/" + first, what), Path.of("/proc/" + running.pid(), what)),
          "the added process has another " + what + " than its container");
    }
    t.fails(ConflictException.class, "delete of a running added process", () -> t.driver().delete(id));
    t.driver().signal(id, 9, false);
    TaskState ended = c.ended(id);
    t.equal(137, ended.exit().orElseThrow().code(), "exit code of a killed added process");
    t.equal(ended, t.reopen().state(id), "state of an ended added process, asked of a new instance");
    t.driver().delete(id);
    t.fails(NotFoundException.class, "state of a removed added process", () -> t.driver().state(id));
    t.equal(first, c.running("a").pid(), "pid of the container's first process afterwards");
  }

  @Rule("T-9")
  void addedProcessHasStreamsAndAnEndOfItsOwn(Trial<Runtime> t) throws Exception {
    as(Exec.class, t);
    Containers c = new Containers(t);
    Path own = c.file("own");
    Path containers = c.file("containers");
    t.driver().create(c.spec("a", c.into(containers, Optional.empty(), false), "/bin/sleep", "1000"));
    t.driver().start(c.id("a"));
    c.running("a");
    TaskId id = c.id("a").withExec("e");
    Stdio stdio = c.into(own, Optional.empty(), false);
    as(Exec.class, t).exec(id, c.process(stdio, "/bin/says", "hello", "5"), stdio);
    t.driver().start(id);
    t.equal(5, c.ended(id).exit().orElseThrow().code(), "exit code of an added process");
    t.driver().delete(id);
    t.equal(List.of("hello\n", ""), List.of(Files.readString(own), Files.readString(containers)), "what is in its file, the container's");
    c.running("a");
  }

  @Rule("T-9")
  void addedProcessGoesWithItsContainer(Trial<Runtime> t) throws Exception {
    as(Exec.class, t);
    Containers c = new Containers(t);
    List<String> before = c.afterOne();
    c.run("a", "/bin/sleep", "1000");
    TaskId id = c.id("a").withExec("e");
    as(Exec.class, t).exec(id, c.process(Stdio.NONE, "/bin/sleep", "1000"), Stdio.NONE);
    t.driver().start(id);
    ProcessHandle process = c.process(c.running(id).pid());
    t.driver().signal(c.id("a"), 9, true);
    c.ended("a");
    t.driver().delete(c.id("a"));
    t.fails(NotFoundException.class, "state of an added process whose container was removed", () -> t.driver().state(id));
    Threads.await(() -> !process.isAlive(), () -> "process " + process.pid() + " is left after delete of its container");
    t.equal(before, c.traces(), "what is on the host after delete of a container with an added process");
  }

  @Rule("T-9")
  void addedCommandsThatCannotRunAreTold(Trial<Runtime> t) throws Exception {
    as(Exec.class, t);
    Containers c = new Containers(t);
    c.run("a", "/bin/sleep", "1000");
    told(t, t.fails(NotFoundException.class, "a command that is not there", () -> add(t, c, "x", "/bin/absent")), "/bin/absent");
    told(t, t.fails(DeniedException.class, "a command that is not executable", () -> add(t, c, "y", "/etc/plain")), "/etc/plain");
    c.running("a");
  }

  private static void add(Trial<Runtime> t, Containers c, String exec, String... args) throws Exception {
    TaskId id = c.id("a").withExec(exec);
    as(Exec.class, t).exec(id, c.process(Stdio.NONE, args), Stdio.NONE);
    t.driver().start(id);
  }

  private static void told(Trial<Runtime> t, GantryException e, String command) {
    t.check(e.getMessage().contains(command), "the message does not name " + command + ": " + e.getMessage());
  }

  @Rule("T-10")
  void addedIdsAreTakenUntilTheyAreRemoved(Trial<Runtime> t) throws Exception {
    as(Exec.class, t);
    Containers c = new Containers(t);
    c.run("a", "/bin/sleep", "1000");
    TaskId id = c.id("a").withExec("e");
    var sleep = c.process(Stdio.NONE, "/bin/sleep", "1000");
    as(Exec.class, t).exec(id, sleep, Stdio.NONE);
    t.fails(AlreadyExistsException.class, "exec of an added id", () -> as(Exec.class, t).exec(id, sleep, Stdio.NONE));
    t.driver().start(id);
    TaskState running = c.running(id);
    t.fails(AlreadyExistsException.class, "exec of a running id", () -> as(Exec.class, t).exec(id, sleep, Stdio.NONE));
    t.equal(running, t.driver().state(id), "state of the first after the second was refused");
    t.driver().signal(id, 9, false);
    c.ended(id);
    t.fails(AlreadyExistsException.class, "exec of an ended id", () -> as(Exec.class, t).exec(id, sleep, Stdio.NONE));
    t.driver().delete(id);
    as(Exec.class, t).exec(id, sleep, Stdio.NONE);
  }

  @Rule("T-10")
  void onlyRunningContainersTakeProcesses(Trial<Runtime> t) throws Exception {
    Exec driver = as(Exec.class, t);
    Containers c = new Containers(t);
    var sleep = c.process(Stdio.NONE, "/bin/sleep", "1000");
    t.fails(NotFoundException.class, "exec in an unknown one", () -> driver.exec(c.id("u").withExec("e"), sleep, Stdio.NONE));
    c.run("a", "/bin/sleep", "1000");
    t.driver().signal(c.id("a"), 9, false);
    c.ended("a");
    t.fails(ConflictException.class, "exec in an ended one", () -> driver.exec(c.id("a").withExec("e"), sleep, Stdio.NONE));
    t.fails(NotFoundException.class, "state of what was refused", () -> t.driver().state(c.id("a").withExec("e")));
  }

  @Rule("T-11")
  void terminalHasTheSizeItWasGiven(Trial<Runtime> t) throws Exception {
    as(Terminal.class, t);
    Containers c = new Containers(t);
    Path out = c.file("sizes");
    t.driver().create(c.spec("a", c.into(out, Optional.empty(), true), "/bin/sizes"));
    as(Terminal.class, t).resize(c.id("a"), 100, 30);
    t.reopen().start(c.id("a"));
    c.running("a");
    await(() -> lines(out).size() > 2, () -> "no sizes come; there is '" + text(out) + "'");
    t.equal("30 100", lines(out).getFirst(), "rows and columns as the process began");
    t.reopen();
    as(Terminal.class, t).resize(c.id("a"), 80, 25);
    await(() -> lines(out).contains("25 80"), () -> "the size does not become 25 80; it is " + lines(out).getLast());
  }

  @Rule("T-11")
  void terminalBeginsWithTheSizeOfItsDocument(Trial<Runtime> t) throws Exception {
    as(Terminal.class, t);
    Containers c = new Containers(t);
    Path out = c.file("first");
    t.driver().create(c.spec("a", c.into(out, Optional.empty(), true), "/bin/stty", "size"));
    t.reopen().start(c.id("a"));
    c.ended("a");
    t.driver().delete(c.id("a"));
    t.equal(List.of(Containers.ROWS + " " + Containers.COLUMNS), lines(out), "rows and columns");
  }

  @Rule("T-11")
  void addedTerminalBeginsWithTheSizeOfItsDocument(Trial<Runtime> t) throws Exception {
    as(Terminal.class, t);
    Exec driver = as(Exec.class, t);
    Containers c = new Containers(t);
    t.driver().create(c.spec("a", c.into(c.file("first"), Optional.empty(), true), "/bin/sleep", "1000"));
    t.driver().start(c.id("a"));
    c.running("a");
    TaskId id = c.id("a").withExec("e");
    Path out = c.file("added");
    Stdio stdio = c.into(out, Optional.empty(), true);
    driver.exec(id, c.process(stdio, "/bin/stty", "size"), stdio);
    t.reopen().start(id);
    c.ended(id);
    t.driver().delete(id);
    t.equal(List.of(Containers.ROWS + " " + Containers.COLUMNS), lines(out), "rows and columns of an added process");
  }

  @Rule("T-12")
  void inputEndsWhenItIsTold(Trial<Runtime> t) throws Exception {
    as(Terminal.class, t);
    Containers c = new Containers(t);
    Path out = c.file("out");
    Path fifo = t.scratch("in").resolve("fifo");
    Programs.output("mkfifo", fifo.toString());
    try (FileChannel early = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      t.driver().create(c.spec("a", c.into(out, Optional.of(fifo), false), "/bin/cat"));
      t.driver().start(c.id("a"));
      c.running("a");
      write(early, "one\n");
      await(() -> text(out).equals("one\n"), () -> "of 'one' came '" + text(out) + "'");
    }
    LockSupport.parkNanos(STILL.toNanos()); // else the next writer may come before the process notices that there is none
    c.running("a");
    try (FileChannel next = FileChannel.open(fifo, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
      write(next, "two\n");
      await(() -> text(out).equals("one\ntwo\n"), () -> "what a second writer wrote did not come: '" + text(out) + "'");
      write(next, "three\n".repeat(1000));
    }
    t.reopen();
    as(Terminal.class, t).closeInput(c.id("a"));
    t.equal(0, c.ended("a").exit().orElseThrow().code(), "exit code of what reads to the end of its input");
    t.driver().delete(c.id("a"));
    t.equal("one\ntwo\n" + "three\n".repeat(1000), text(out), "what came through");
  }

  private static void write(FileChannel to, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) to.write(bytes);
  }

  @Rule("T-13")
  void pausedContainersStandStill(Trial<Runtime> t) throws Exception {
    as(Pause.class, t);
    Containers c = new Containers(t);
    Path out = c.file("counts");
    t.driver().create(c.spec("a", c.into(out, Optional.empty(), false), "/bin/counts"));
    t.driver().start(c.id("a"));
    TaskState running = c.running("a");
    await(() -> lines(out).size() > 3, () -> "nothing is counted");
    as(Pause.class, t).pause(c.id("a"));
    t.equal(Status.PAUSED, t.driver().state(c.id("a")).status(), "status after pause");
    await(() -> standsStill(out), () -> "a paused container counts on, at " + lines(out).getLast());
    t.equal(Status.PAUSED, t.reopen().state(c.id("a")).status(), "status of a paused one, asked of a new instance");
    t.fails(ConflictException.class, "delete of a paused one", () -> t.driver().delete(c.id("a")));
    int stood = lines(out).size();
    as(Pause.class, t).resume(c.id("a"));
    t.equal(running, t.driver().state(c.id("a")), "state after resume");
    await(() -> lines(out).size() > stood + 3, () -> "a resumed container does not count on");
    for (int i = 0; i < stood + 3; i++) t.equal(Integer.toString(i + 1), lines(out).get(i), "number " + i);
  }

  private static boolean standsStill(Path file) {
    String before = text(file);
    LockSupport.parkNanos(STILL.toNanos());
    return before.equals(text(file));
  }

  @Rule("T-14")
  void pauseAndResumeNeedTheirStates(Trial<Runtime> t) throws Exception {
    Pause driver = as(Pause.class, t);
    Containers c = new Containers(t);
    t.fails(NotFoundException.class, "pause of an unknown one", () -> driver.pause(c.id("u")));
    t.fails(NotFoundException.class, "resume of an unknown one", () -> driver.resume(c.id("u")));
    t.driver().create(c.spec("a", "/bin/sleep", "1000"));
    refused(t, driver, c, Status.CREATED);
    t.driver().start(c.id("a"));
    c.running("a");
    t.fails(ConflictException.class, "resume of a running one", () -> driver.resume(c.id("a")));
    c.running("a");
    driver.pause(c.id("a"));
    t.fails(ConflictException.class, "pause of a paused one", () -> driver.pause(c.id("a")));
    t.equal(Status.PAUSED, t.driver().state(c.id("a")).status(), "status of a paused one after pause was refused");
    driver.resume(c.id("a"));
    t.driver().signal(c.id("a"), 9, false);
    c.ended("a");
    refused(t, driver, c, Status.STOPPED);
  }

  private static void refused(Trial<Runtime> t, Pause driver, Containers c, Status status) throws Exception {
    t.fails(ConflictException.class, "pause of one that is " + status, () -> driver.pause(c.id("a")));
    t.fails(ConflictException.class, "resume of one that is " + status, () -> driver.resume(c.id("a")));
    t.equal(status, t.driver().state(c.id("a")).status(), "status after pause and resume were refused");
  }

  @Rule("T-15")
  void processesAreListed(Trial<Runtime> t) throws Exception {
    Processes driver = as(Processes.class, t);
    Containers c = new Containers(t);
    t.fails(NotFoundException.class, "processes of an unknown one", () -> driver.pids(c.id("u")));
    c.run("other", "/bin/sleep", "1000");
    ProcessHandle first = c.process(c.run("a", "/bin/family").pid());
    await(() -> first.descendants().count() == 2, () -> "the first process has no children");
    var expected = new TreeSet<Long>();
    Stream.concat(Stream.of(first), first.descendants()).forEach(p -> expected.add(p.pid()));
    if (t.driver() instanceof Exec e) {
      TaskId id = c.id("a").withExec("e");
      e.exec(id, c.process(Stdio.NONE, "/bin/sleep", "1000"), Stdio.NONE);
      t.driver().start(id);
      expected.add(c.running(id).pid());
    }
    t.equal(List.copyOf(expected), driver.pids(c.id("a")).stream().sorted().toList(), "processes of a container");
    t.driver().signal(c.id("a"), 9, true);
    c.ended("a");
    await(() -> pids(driver, c).isEmpty(), () -> "processes of an ended container: " + pids(driver, c));
  }

  private static List<Long> pids(Processes driver, Containers c) {
    try {
      return driver.pids(c.id("a"));
    } catch (IOException e) {
      throw new AssertionError("processes of an ended container: " + e, e);
    }
  }

  @Rule("T-19")
  void limitsAreTheKernels(Trial<Runtime> t) throws Exception {
    as(Limits.class, t);
    Containers c = new Containers(t);
    long pid = c.run("a", "/bin/sleep", "1000").pid();
    as(Limits.class, t).update(c.id("a"), Containers.resources("{\"pids\":{\"limit\":77}}"));
    t.equal("77", Containers.processLimit(pid), "how many processes the kernel allows after update");
    t.reopen();
    as(Limits.class, t).update(c.id("a"), Containers.resources("{}"));
    t.equal("77", Containers.processLimit(pid), "the same after an update that tells nothing, by another instance");
    as(Limits.class, t).update(c.id("a"), Containers.resources("{\"pids\":{\"limit\":66}}"));
    t.equal("66", Containers.processLimit(pid), "the same after a second update");
    c.running("a");
  }

  @Rule("T-20")
  void limitsAreForWhatIsThere(Trial<Runtime> t) throws Exception {
    Limits driver = as(Limits.class, t);
    Containers c = new Containers(t);
    var some = Containers.resources("{\"pids\":{\"limit\":77}}");
    t.fails(NotFoundException.class, "update of an unknown one", () -> driver.update(c.id("u"), some));
    TaskState running = c.run("a", "/bin/sleep", "1000");
    driver.update(c.id("a"), some);
    for (String none : List.of("no document", "[]", "")) {
      t.fails(InvalidException.class, "update by '" + none + "'", () -> driver.update(c.id("a"), Containers.resources(none)));
    }
    t.equal("77", Containers.processLimit(running.pid()), "limit after what was refused");
    t.equal(running, t.driver().state(c.id("a")), "state after what was refused");
    t.driver().signal(c.id("a"), 9, false);
    c.ended("a");
    t.fails(ConflictException.class, "update of an ended one", () -> driver.update(c.id("a"), some));
  }

  @Rule("T-21")
  void whatIsUsedIsTold(Trial<Runtime> t) throws Exception {
    as(Stats.class, t);
    Containers c = new Containers(t);
    t.fails(NotFoundException.class, "stats of an unknown one", () -> as(Stats.class, t).stats(c.id("u")));
    Path out = c.file("counts");
    t.driver().create(c.spec("a", c.into(out, Optional.empty(), false), "/bin/counts"));
    t.driver().start(c.id("a"));
    c.running("a");
    Typed first = as(Stats.class, t).stats(c.id("a"));
    t.check(!first.typeUrl().isEmpty() && first.value().length > 0, "what it uses has no type, or no value: " + first);
    await(() -> lines(out).size() > 10, () -> "nothing is counted");
    t.reopen();
    Typed then = as(Stats.class, t).stats(c.id("a"));
    t.equal(first.typeUrl(), then.typeUrl(), "type of another instance's");
    t.check(!first.equals(then), "a container that works has used nothing since: " + then);
  }

  @Rule("T-22")
  void killsForWantOfMemoryAreCounted(Trial<Runtime> t) throws Exception {
    as(OutOfMemory.class, t);
    Containers c = new Containers(t);
    Containers.needMemoryLimits(t);
    t.fails(NotFoundException.class, "killed of an unknown one", () -> killed(t, c.id("u")));
    t.driver().create(c.hungry("a"));
    t.driver().start(c.id("a"));
    TaskState running = c.running("a");
    t.equal(0L, killed(t, c.id("a")), "killed before it wants memory");
    c.feed("child");
    await(() -> isOneKilled(t, c.id("a")), () -> "a child that took more than it may is not counted, or more than once");
    t.reopen();
    t.equal(running, t.driver().state(c.id("a")), "state after a child was killed");
    t.equal(1L, killed(t, c.id("a")), "killed, asked of a new instance");
    c.feed("self");
    t.equal(137, c.ended("a").exit().orElseThrow().code(), "exit code of one that was killed for want of memory");
    t.equal(2L, killed(t, c.id("a")), "killed after the first process was, too");
    t.reopen();
    t.equal(2L, killed(t, c.id("a")), "the same of one that has ended, asked of a new instance");
    t.driver().delete(c.id("a"));
    t.fails(NotFoundException.class, "killed of a removed one", () -> killed(t, c.id("a")));
    c.run("b", "/bin/sleep", "1000");
    t.driver().signal(c.id("b"), 9, false);
    c.ended("b");
    t.equal(0L, killed(t, c.id("b")), "killed of one that was ended by a signal");
  }

  private static long killed(Trial<Runtime> t, TaskId id) throws Exception {
    return as(OutOfMemory.class, t).killed(id);
  }

  private static boolean isOneKilled(Trial<Runtime> t, TaskId id) {
    try {
      return killed(t, id) == 1;
    } catch (Exception e) {
      throw new AssertionError("killed of a running one", e);
    }
  }

  @Rule("T-23")
  void bundleIsWhereTheContainerIsKept(Trial<Runtime> t) throws Exception {
    as(Bundle.class, t);
    Containers c = new Containers(t);
    t.fails(NotFoundException.class, "bundle of an unknown one", () -> as(Bundle.class, t).bundle(c.id("a")));
    TaskSpec spec = c.spec("a", "/bin/sleep", "1000");
    t.driver().create(spec);
    Path bundle = as(Bundle.class, t).bundle(c.id("a"));
    t.check(bundle.isAbsolute() && bundle.startsWith(t.root()) && Files.isDirectory(bundle), bundle + " is no folder below " + t.root());
    t.equal(new String(spec.spec().value(), StandardCharsets.UTF_8), text(bundle.resolve("config.json")), "document in the bundle");
    t.driver().start(c.id("a"));
    c.run("b", "/bin/sleep", "1000");
    t.check(!bundle.equals(as(Bundle.class, t).bundle(c.id("b"))), "two containers have the bundle " + bundle);
    t.reopen();
    t.equal(bundle, as(Bundle.class, t).bundle(c.id("a")), "bundle, asked of a new instance");
    t.driver().signal(c.id("a"), 9, false);
    c.ended("a");
    t.equal(bundle, as(Bundle.class, t).bundle(c.id("a")), "bundle of one that has ended");
    t.driver().delete(c.id("a"));
    t.fails(NotFoundException.class, "bundle of a removed one", () -> as(Bundle.class, t).bundle(c.id("a")));
  }

  private static void await(java.util.function.BooleanSupplier holds, Supplier<String> otherwise) throws InterruptedException {
    Threads.await(holds, otherwise);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).replace("\r", "");
    } catch (IOException e) {
      throw new AssertionError("cannot read " + file, e);
    }
  }

  /** Whole lines. */
  private static List<String> lines(Path file) {
    String text = text(file);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }
}
