package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProcessTest {
  private static final int SIGKILL = 9;

  @Test
  void aKilledChildIsSeenByItsDescriptor() throws Exception {
    Process child = new ProcessBuilder("sleep", "60").start();
    int pid = (int) child.pid();
    ProcStat stat = ProcStat.of(pid).orElseThrow();
    assertTrue(stat.alive());
    assertEquals(ProcessHandle.current().pid(), stat.parent());
    assertTrue(stat.startTicks() > ProcStat.of(1).orElseThrow().startTicks());
    try (Pidfd fd = Pidfd.open(pid)) {
      assertFalse(fd.ended());
      assertFalse(fd.await(Duration.ofMillis(20)));
      assertTrue(fd.signal(SIGKILL));
      assertTrue(fd.await(Duration.ofSeconds(30)));
      assertEquals(128 + SIGKILL, child.waitFor());
      assertTrue(fd.ended());
      assertFalse(fd.signal(SIGKILL), "nobody to send it to");
    }
    assertEquals(Optional.empty(), ProcStat.of(pid));
    assertEquals(Errno.ESRCH, assertThrows(ErrnoException.class, () -> Pidfd.open(pid)).errno());
    assertFalse(Self.kill(pid, 0));
  }

  @Test
  void oneThreadWatchesManyAndIsWoken() throws Exception {
    Process child = new ProcessBuilder("sleep", "60").start();
    try (Pidfd fd = Pidfd.open((int) child.pid()); EventFd wake = new EventFd()) {
      var woken = java.util.concurrent.CompletableFuture.supplyAsync(() -> {
        try {
          return Poll.readable(new int[] {fd.raw(), wake.raw()}, Duration.ofSeconds(20));
        } catch (java.io.IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      wake.wake();
      boolean[] ready = woken.get();
      assertFalse(ready[0]);
      assertTrue(ready[1]);
      wake.clear();
      assertFalse(Poll.readable(new int[] {wake.raw()}, Duration.ZERO)[0]);
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  /** cgroups v2 tell by poll that a file of theirs has changed; the one of memory does so as this one of processes. */
  @Test
  void aFileOfACgroupTellsThatItHasChanged() throws Exception {
    Path v2 = Stream.of("/sys/fs/cgroup", "/sys/fs/cgroup/unified").map(Path::of).filter(p -> Files.exists(p.resolve("cgroup.controllers")))
        .findFirst().orElse(null);
    assumeTrue(Self.isRoot() && v2 != null, "skipped: it needs root and cgroups v2");
    Path cgroup = Files.createDirectory(v2.resolve("gantry-poll-" + ProcessHandle.current().pid()));
    Process child = new ProcessBuilder("sleep", "60").start();
    try (Fd events = Fd.open(cgroup.resolve("cgroup.events"), Open.RDONLY, 0)) {
      int[] fds = {events.raw()};
      int[] changed = {Poll.PRI};
      events.readAll(4096);
      assertFalse(Poll.ready(fds, changed, Duration.ZERO)[0], "nothing happened");
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(child.pid()));
      assertTrue(Poll.ready(fds, changed, Duration.ofSeconds(30))[0]);
      assertTrue(Poll.ready(fds, changed, Duration.ZERO)[0], "it was not read since");
      assertTrue(new String(events.readAll(4096), StandardCharsets.US_ASCII).contains("populated 1"));
      assertFalse(Poll.ready(fds, changed, Duration.ZERO)[0], "it was read");
      assertTrue(Poll.readable(fds, Duration.ZERO)[0], "it can always be read");
    } finally {
      child.destroyForcibly().waitFor();
      Files.delete(cgroup);
    }
  }

  /** More than the memory that is kept for calls holds; the kernel takes a descriptor several times. */
  @Test
  void pollTakesAsManyAsTheProcessMayHaveOpen() throws Exception {
    int limit = openFiles();
    assumeTrue(limit >= 8300 && limit < 1 << 22, "skipped: ulimit -n is " + limit + ", this test needs 8300 to 4 million");
    try (EventFd quiet = new EventFd(); EventFd loud = new EventFd()) {
      loud.wake();
      int[] fds = new int[8300];
      Arrays.fill(fds, quiet.raw());
      for (int i : new int[] {0, 8191, 8192, 8299}) fds[i] = loud.raw();
      boolean[] ready = Poll.readable(fds, Duration.ofSeconds(20));
      assertEquals(List.of(0, 8191, 8192, 8299), IntStream.range(0, fds.length).filter(i -> ready[i]).boxed().toList());
      int[] tooMany = new int[limit + 1];
      Arrays.fill(tooMany, quiet.raw());
      ErrnoException e = assertThrows(ErrnoException.class, () -> Poll.readable(tooMany, Duration.ZERO));
      assertEquals("poll " + (limit + 1)
          + " descriptors, which are at most as many as the process may have open (ulimit -n): EINVAL: invalid"
          + " argument", e.getMessage());
    }
  }

  private static int openFiles() throws Exception {
    String line = Files.readAllLines(Path.of("/proc/self/limits")).stream().filter(l -> l.startsWith("Max open files")).findFirst()
        .orElseThrow();
    return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(line.split(" +")[3].replace("unlimited", "2147483647")));
  }

  @Test
  void namesOfProcessesMayHoldBrackets() {
    String line = "42 (a) b) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
    assertEquals(new ProcStat(42, 'S', 7, 987_654), ProcStat.parse(42, line));
  }

  @Test
  void theBootHasAName() throws Exception {
    assertEquals(36, ProcStat.bootId().length());
  }

  @Test
  void orphansAreReapedOneByOne() throws Exception {
    Self.adoptOrphans(true);
    try {
      // a child that starts a grandchild and ends before it
      Process child = new ProcessBuilder("setsid", "--fork", "sleep", "60.71").start();
      assertEquals(0, child.waitFor());
      // ours now; known by its words, since others of this JVM may have children
      int orphan = (int) ProcessHandle.current().children().filter(p -> p.info().commandLine().orElse("").endsWith("sleep 60.71"))
          .findFirst().orElseThrow().pid();
      assertFalse(Self.reap(orphan), "still running");
      try (Pidfd fd = Pidfd.open(orphan)) {
        fd.signal(SIGKILL);
        assertTrue(fd.await(Duration.ofSeconds(30)));
      }
      assertEquals('Z', ProcStat.of(orphan).orElseThrow().state());
      assertTrue(Self.reap(orphan));
      assertEquals(Optional.empty(), ProcStat.of(orphan));
    } finally {
      Self.adoptOrphans(false);
    }
  }

  @Test
  void locksBelongToTheOpenFile() throws Exception {
    try (Temp temp = new Temp(); Fd first = temp.create("lock", ""); Fd second = temp.fd.open(b("lock"), Open.RDWR, 0)) {
      assertTrue(Locks.tryLock(first, true));
      assertFalse(Locks.tryLock(second, true));
      temp.fd.open(b("lock"), Open.RDWR, 0).close();
      assertFalse(Locks.tryLock(second, false), "closing a third descriptor lost nothing");
      Locks.unlock(first);
      assertTrue(Locks.tryLock(second, true));
      assertTrue(Locks.tryFlock(first));
      assertFalse(Locks.tryFlock(second));
    }
  }
}
