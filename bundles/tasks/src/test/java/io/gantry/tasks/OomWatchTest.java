package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.linux.Self;
import io.gantry.spi.runtime.TaskId;
import io.gantry.tasks.OomAlarm.Changing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Over cgroups v2, whose file of memory is there only where they count it; so over the one that tells whether there are processes. The
 * kernel says of each in the same way that it has changed.
 */
@Timeout(60)
class OomWatchTest {
  private static final int EACH = OomWatch.LOOKS_MILLIS.length;
  private final AtomicInteger looks = new AtomicInteger();
  private Path v2;
  private Path cgroup;
  private Path other;
  private Process child;

  @BeforeEach
  void make() throws IOException {
    v2 = Stream.of("/sys/fs/cgroup", "/sys/fs/cgroup/unified").map(Path::of).filter(p -> Files.exists(p.resolve("cgroup.controllers")))
        .findFirst().orElse(null);
    assumeTrue(Self.isRoot() && v2 != null, "skipped: it needs root and cgroups v2");
    cgroup = Files.createDirectory(v2.resolve("gantry-oom-" + ProcessHandle.current().pid()));
    other = Files.createDirectory(v2.resolve("gantry-oom-other-" + ProcessHandle.current().pid()));
    child = new ProcessBuilder("sleep", "1000").start();
  }

  @AfterEach
  void remove() throws Exception {
    if (child == null) return;
    child.destroyForcibly().waitFor();
    for (Path each : List.of(cgroup, other)) Files.deleteIfExists(each);
  }

  private static long opened() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(fd -> {
        try {
          return Files.readSymbolicLink(fd).toString().contains("cgroup.events");
        } catch (IOException closed) {
          return false;
        }
      }).count();
    }
  }

  private void move(Path to) throws IOException {
    Files.writeString(to.resolve("cgroup.procs"), Long.toString(child.pid()));
  }

  private static Changing events(Path cgroup) throws IOException {
    return Changing.of(cgroup.resolve("cgroup.events"));
  }

  private static long cpuMillis() {
    Thread thread = Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("tasks-oom")).findFirst().orElseThrow();
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId()) / 1_000_000;
  }

  @Test
  void eachChangeIsLookedAtUntilTheCgroupIsRemoved() throws Exception {
    try (var watch = new OomWatch(id -> looks.incrementAndGet())) {
      watch.watch(TaskId.of("test", "c"), events(cgroup));
      Host.await(looks::get, n -> n == 1);
      move(cgroup);
      Host.await(looks::get, n -> n == 1 + EACH);
      move(v2);
      Host.await(looks::get, n -> n > 1 + EACH); // until then both would be one change
      move(cgroup); // while it is looked at, and so looked at after that
      Host.await(looks::get, n -> n == 1 + 3 * EACH);
      child.destroyForcibly().waitFor();
      Host.await(looks::get, n -> n == 1 + 4 * EACH);
      Files.delete(cgroup);
      watch.watch(TaskId.of("test", "d"), events(other));
      Host.await(OomWatchTest::opened, n -> n == 1);
      Host.await(looks::get, n -> n == 2 + 4 * EACH);
      assertTrue(cpuMillis() < 300, "the thread took " + cpuMillis() + " ms");
    }
    assertEquals(0, opened());
  }

  @Test
  void whatIsForgottenOrClosedIsNotOpenAnyMore() throws Exception {
    var watch = new OomWatch(id -> looks.incrementAndGet());
    for (String id : List.of("a", "b", "b")) watch.watch(TaskId.of("test", id), events(cgroup));
    assertEquals(2, opened());
    watch.forget(TaskId.of("test", "a"));
    assertEquals(1, opened());
    watch.close();
    assertEquals(0, opened());
    watch.watch(TaskId.of("test", "late"), events(cgroup));
    assertEquals(0, opened());
  }
}
