package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Typed;
import io.gantry.commands.Golden;
import io.gantry.service.record.Container;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WaitTest {
  private static final TaskInfo RUNS = info(Optional.of(TaskState.Status.RUNNING), "");
  private static final TaskInfo AWAY = info(Optional.empty(), "driver runtime/r is absent");
  private static final String TOLD =
      "ctr:wait: it cannot be told at the moment how container 'foo' is (driver runtime/r is absent); waiting for that\n";

  private static TaskInfo info(Optional<TaskState.Status> status, String why) {
    var container = new Container("foo", "redis", "r", Optional.empty(), new Typed("spec", new byte[0]), "s", "foo", Map.of(), Map.of(),
        Golden.CREATED, Golden.UPDATED, 1);
    return new TaskInfo(container, status.map(s -> new TaskState(new TaskId("default", "foo", ""), s, 7, Optional.empty(), Stdio.NONE)),
        Optional.empty(), why);
  }

  /** What it says of a container that ends after so many looks. */
  private String wait(TaskInfo... looks) throws Exception {
    var verb = new Wait(Duration.ofMillis(5));
    var ended = new CountDownLatch(1);
    Iterator<TaskInfo> next = List.of(looks).iterator();
    verb.tasks = Golden.service(Tasks.class, (method, args) -> {
      if (method.equals("get")) {
        if (next.hasNext()) return next.next();
        ended.countDown();
        return RUNS;
      }
      try {
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        return new TaskState.Exit(5, Golden.UPDATED);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    assertEquals(0, verb.run(verb.syntax().parse(List.of("foo")), Golden.console(new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8))));
    assertEquals("5\n", out.toString(StandardCharsets.UTF_8));
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void itSaysOnceWhatItWaitsFor() throws Exception {
    assertEquals(TOLD, wait(AWAY, AWAY, AWAY, AWAY, AWAY));
  }

  /** The usual case: who waits came first. */
  @Test
  void whatGoesLaterIsToldEachTime() throws Exception {
    assertEquals(TOLD + TOLD, wait(RUNS, RUNS, RUNS, AWAY, AWAY, AWAY, RUNS, AWAY, AWAY));
  }

  @Test
  void alsoWhereTheRuntimeKnowsNothing() throws Exception {
    TaskInfo unknown = info(Optional.of(TaskState.Status.UNKNOWN), "");
    assertTrue(wait(unknown, unknown).contains("(its runtime does not know it)"));
  }

  @Test
  void aContainerThatRunsIsWaitedForInSilence() throws Exception {
    assertEquals("", wait(RUNS, AWAY, RUNS, RUNS, AWAY, RUNS), "a driver that is replaced is away for a moment");
  }
}
