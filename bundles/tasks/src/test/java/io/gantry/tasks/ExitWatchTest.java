package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.linux.EventFd;
import io.gantry.spi.runtime.TaskId;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExitWatchTest {
  private static final int WATCHED = 700;

  /**
   * The kernel refuses to poll more descriptors than the process may have open, as after its limit was lowered. Those of this test have
   * high numbers, so that there are low ones for what else is opened meanwhile.
   */
  @Test
  void aPollThatFailsNeitherSpinsNorLosesAnExit() throws Exception {
    Process child = new ProcessBuilder("sleep", "1000").start();
    Set<TaskId> ended = ConcurrentHashMap.newKeySet();
    String limit = limit();
    try (var watch = new ExitWatch(ended::add, id -> { })) {
      List<EventFd> low = new ArrayList<>();
      for (int i = 0; i < WATCHED; i++) low.add(new EventFd());
      for (int i = 0; i < WATCHED; i++) watch.watch(TaskId.of("test", "c" + i), (int) child.pid());
      low.forEach(EventFd::close);
      Thread thread = Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("tasks-exits")).findFirst().orElseThrow();
      limit(WATCHED - 50 + ":" + limit);
      try {
        watch.watch(TaskId.of("test", "more"), (int) child.pid()); // ends the poll that is under way
        long before = cpuMillis(thread);
        Thread.sleep(1000);
        long used = cpuMillis(thread) - before;
        assertTrue(used < 300, "the thread took " + used + " ms of a second");
        child.destroyForcibly().waitFor();
        await(ended, WATCHED + 1);
      } finally {
        limit(limit + ":" + limit);
      }
      Process next = new ProcessBuilder("sleep", "1000").start();
      watch.watch(TaskId.of("test", "next"), (int) next.pid());
      next.destroyForcibly().waitFor();
      await(ended, WATCHED + 2);
    } finally {
      child.destroyForcibly();
    }
  }

  private static void await(Set<TaskId> ended, int count) throws Exception {
    for (long end = System.nanoTime() + Duration.ofSeconds(20).toNanos(); ended.size() < count && System.nanoTime() < end; ) {
      Thread.sleep(10);
    }
    assertEquals(count, ended.size());
  }

  private static long cpuMillis(Thread thread) {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId()) / 1_000_000;
  }

  private static String limit() throws Exception {
    Process p = new ProcessBuilder("prlimit", "--nofile", "--output=HARD", "--noheadings", "--pid=" + ProcessHandle.current().pid())
        .start();
    return p.inputReader().readLine().strip();
  }

  private static void limit(String softAndHard) throws Exception {
    assertEquals(0, new ProcessBuilder("prlimit", "--nofile=" + softAndHard, "--pid=" + ProcessHandle.current().pid()).inheritIO().start()
        .waitFor());
  }
}
