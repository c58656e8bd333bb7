package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.linux.Self;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a swap, a kill and a second manager do to containers: nothing. */
class SuccessionTest {
  private static final int PROMOTIONS = 25;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;
  private Box box;

  @BeforeEach
  void open() throws IOException {
    box = Box.open();
  }

  @AfterEach
  void close() throws IOException {
    if (box != null) box.close();
  }

  /** The driver's classes are loaded anew for each promotion, as from another bundle; afterwards none of them is held by anything. */
  @Test
  void classesOfReplacedDriversGo() throws Exception {
    TaskId id = box.id("steady");
    Shim first = box.driver();
    first.create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
    first.start(id);
    long pid = first.state(id).pid();
    promoted(id, pid, 0);
    long threads = ThreadDump.count("\"ttrpc-");
    List<String> descriptors = descriptors();
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 1; i <= PROMOTIONS; i++) loaders.add(promoted(id, pid, i));
    Box.await(() -> {
      System.gc();
      return loaders.stream().filter(l -> l.get() != null).count();
    }, held -> held == 0);
    // not as many as before, since what was there may have ended meanwhile
    Box.await(() -> ThreadDump.count("\"ttrpc-"), n -> n <= threads);
    Box.await(this::descriptors, now -> now.size() <= descriptors.size());
    first.signal(id, 9, false);
    Box.ended(first, id);
    first.delete(id);
    assertEquals(List.of(), box.left());
  }

  private WeakReference<ClassLoader> promoted(TaskId id, long pid, int n) throws Exception {
    try (var loader = new Fresh()) {
      Runtime driver = loader.driver(box);
      TaskState s = driver.state(id);
      assertEquals(List.of(Status.RUNNING, pid), List.of(s.status(), s.pid()), "promotion " + n);
      TaskId exec = id.withExec("e" + n);
      ((Exec) driver).exec(exec, box.process(false, "/bin/sh", "-c", "exit " + n), Stdio.NONE);
      driver.start(exec);
      TaskState ended = Box.await(() -> driver.state(exec), e -> e.exit().isPresent());
      assertEquals(n, ended.exit().orElseThrow().code());
      driver.delete(exec);
      return new WeakReference<>(loader);
    }
  }

  /** Loads the driver and what it copies, and takes the contracts and the system calls from the outside. */
  static final class Fresh extends URLClassLoader {
    private static final List<String> OWN = List.of("io.gantry.runtime.shim.", "io.gantry.oci.");

    Fresh() throws IOException {
      super(urls(), SuccessionTest.class.getClassLoader());
    }

    private static URL[] urls() throws IOException {
      List<URL> urls = new ArrayList<>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) urls.add(Path.of(entry).toUri().toURL());
      return urls.toArray(URL[]::new);
    }

    Runtime driver(Box box) throws Exception {
      Class<?> programs = loadClass(Programs.class.getName());
      Constructor<?> found = programs.getDeclaredConstructor(java.util.Map.class);
      found.setAccessible(true);
      var find = loadClass(Settings.class.getName()).getDeclaredMethod(
          "find", programs, String.class, String.class, Duration.class, Duration.class);
      find.setAccessible(true);
      Object settings = find.invoke(
          null, found.newInstance(System.getenv()), box.settings.shim().toString(), box.settings.runc().toString(),
          Duration.ofSeconds(30), Duration.ofSeconds(10));
      Constructor<?> make = loadClass(Shim.class.getName()).getDeclaredConstructor(Path.class, settings.getClass());
      make.setAccessible(true);
      Object driver = make.newInstance(box.state, settings);
      assertTrue(driver.getClass() != Shim.class, "a class of its own");
      return (Runtime) driver;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (OWN.stream().noneMatch(name::startsWith)) return super.loadClass(name, resolve);
        Class<?> known = findLoadedClass(name);
        return known != null ? known : findClass(name);
      }
    }
  }

  /** Those that a driver opens: files of the box, connections, processes. The JVM opens others when it likes. */
  private List<String> descriptors() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          open.add(Files.readSymbolicLink(fd).toString());
        } catch (NoSuchFileException closed) {
          continue; // as the one that lists
        }
      }
    }
    open.removeIf(d -> !d.startsWith(box.dir.toString()) && !d.startsWith("socket:") && !d.contains("pidfd"));
    return open;
  }

  /** The manager is killed somewhere within a create; whatever was made by then, a successor can remove it. */
  @Test
  void aCreateThatWasCutOffAnywhereCanBeDeleted() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("aCreateThatWasCutOffAnywhereCanBeDeleted: -Dseed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 8; i++) {
      Process manager = box.manager(StartedByAnother.class);
      TaskId id = box.id("ends");
      Path folder = box.state.resolve("task/test/ends");
      Box.await(() -> Files.exists(folder), there -> there);
      Thread.sleep(random.nextInt(1500));
      manager.destroyForcibly().waitFor();
      Box.await(this::commands, none -> none.isEmpty());
      for (TaskId each : List.of(id, box.id("stays"))) remove(each);
      assertEquals(List.of(), box.left(), "round " + i);
    }
  }

  private void remove(TaskId id) throws Exception {
    Shim driver = box.driver();
    if (!Files.exists(box.state.resolve("task/test").resolve(id.container()))) return;
    try {
      driver.signal(id, 9, true);
      Box.await(() -> driver.state(id).status(), s -> s != Status.RUNNING);
    } catch (ConflictException notRunning) {
      System.out.println("  " + notRunning.getMessage());
    } catch (NotFoundException notMade) {
      System.out.println("  " + notMade.getMessage());
    }
    driver.delete(id);
  }

  /** The short-lived programs that a killed manager had started and that still run: "start" of a shim, "create" of runc. */
  private List<String> commands() throws IOException {
    return box.left().stream()
        .filter(l -> l.startsWith("process") && (l.endsWith(" start ") || l.contains("runc ") && l.contains(" create ")))
        .toList();
  }

  /**
   * The manager is killed somewhere within an exec or its removal; a successor knows what the shim has, and can add what it has not. The
   * shim stands still meanwhile, so that most kills meet a call that it answers only afterwards.
   */
  @Test
  void anExecThatWasCutOffAnywhereIsKnownOrNotThere() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("anExecThatWasCutOffAnywhereIsKnownOrNotThere: -Dseed=" + seed);
    Random random = new Random(seed);
    TaskId id = box.id("host");
    Shim driver = box.driver();
    driver.create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
    driver.start(id);
    int shim = box.folder(id).note().orElseThrow().keeper().pid();
    for (int i = 0; i < 8; i++) {
      Process manager = box.manager(ExecsByAnother.class);
      List<String> asked = new ArrayList<>();
      try (var out = manager.inputReader()) {
        while (asked.size() < 20) asked.add(out.readLine());
        Thread.sleep(random.nextInt(50));
        Self.kill(shim, SIGSTOP);
        Thread.sleep(100); // it gets as far as it can
        Self.kill((int) manager.pid(), 9); // destroyForcibly would close what it has said
        manager.waitFor();
        out.lines().forEach(asked::add);
      } finally {
        manager.destroyForcibly().waitFor();
        Self.kill(shim, SIGCONT);
      }
      for (String each : asked) {
        TaskId exec = id.withExec(each);
        boolean had = known(exec);
        if (!had) driver.exec(exec, box.process(false, "/bin/true"), Stdio.NONE);
        else System.out.println("  " + each + " is in the shim");
        driver.delete(exec);
      }
      assertEquals(List.of(), noted(), "round " + i);
    }
    driver.signal(id, 9, false);
    Box.ended(driver, id);
    driver.delete(id);
    assertEquals(List.of(), box.left());
  }

  private boolean known(TaskId exec) throws IOException {
    try {
      return box.driver().state(exec).status() == Status.CREATED;
    } catch (NotFoundException e) {
      return false;
    }
  }

  private List<String> noted() throws IOException {
    try (Stream<Path> all = Files.list(box.state.resolve("task/test/host/exec"))) {
      return all.map(p -> p.getFileName().toString()).filter(n -> n.endsWith(".json")).map(n -> n.replace(".json", "")).toList();
    }
  }

  /** Same namespace and id below two state folders: each has its own shim, socket and state of runc. */
  @Test
  void managersSideBySideDoNotMeet() throws Exception {
    try (Box other = Box.open()) {
      TaskId id = box.id("same");
      for (Box b : List.of(box, other)) {
        b.driver().create(b.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
        b.driver().start(id);
      }
      long survivor = other.driver().state(id).pid();
      box.driver().signal(id, 9, true);
      assertEquals(137, Box.ended(box.driver(), id).exit().orElseThrow().code());
      box.driver().delete(id);
      TaskState left = other.driver().state(id);
      assertEquals(List.of(Status.RUNNING, survivor), List.of(left.status(), left.pid()));
      other.driver().signal(id, 9, true);
      Box.ended(other.driver(), id);
      other.driver().delete(id);
    }
  }

  /** They would, if both asked for the same cgroup: a signal to all of the one would end the other. */
  @Test
  void aCgroupThatOthersAreInIsRefused() throws Exception {
    TaskId id = box.id("taken");
    box.driver().create(box.spec(id, Stdio.NONE, "/bin/sleep", "1000"));
    try (Box other = Box.open()) {
      ConflictException e =
          assertThrows(ConflictException.class, () -> other.driver().create(box.spec(id, Stdio.NONE, "/bin/true")));
      assertTrue(e.getMessage().contains(box.cgroup(id)), e.getMessage());
      assertEquals(List.of(), other.left());
    }
    box.driver().delete(id);
    assertEquals(List.of(), box.left());
  }
}
