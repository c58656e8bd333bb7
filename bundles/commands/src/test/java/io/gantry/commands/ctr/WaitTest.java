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
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WaitTest {
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch said = new CountDownLatch(1);
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private static TaskInfo info(Optional<TaskState.Status> status, String why) {
    var container = new Container("foo", "redis", "r", Optional.empty(), new Typed("spec", new byte[0]), "s", "foo", Map.of(), Map.of(),
        Golden.CREATED, Golden.UPDATED, 1);
    return new TaskInfo(container, status.map(s -> new TaskState(new TaskId("default", "foo", ""), s, 7, Optional.empty(), Stdio.NONE)),
        Optional.empty(), why);
  }

  /** What it prints where the container ends when it has spoken, or after a while. */
  private String wait(TaskInfo info, long millis) throws Exception {
    var verb = new Wait(Duration.ofMillis(50));
    verb.tasks = Golden.service(Tasks.class, (method, args) -> {
      if (method.equals("get")) return info;
      try {
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        return new TaskState.Exit(5, Golden.UPDATED);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    var out = new ByteArrayOutputStream();
    var errors = new PrintStream(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        err.write(b);
        if (b == '\n') said.countDown();
      }
    }, true, StandardCharsets.UTF_8);
    Thread.ofVirtual().start(() -> {
      try {
        said.await(millis, TimeUnit.MILLISECONDS);
        ended.countDown();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    assertEquals(0, verb.run(verb.syntax().parse(List.of("foo")), Golden.console(new PrintStream(out, true, StandardCharsets.UTF_8),
        errors)));
    assertEquals("5\n", out.toString(StandardCharsets.UTF_8));
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void itSaysOnceWhatItWaitsFor() throws Exception {
    assertEquals("ctr:wait: it cannot be told at the moment how container 'foo' is (driver runtime/r is absent); waiting for that\n", wait(
        info(Optional.empty(), "driver runtime/r is absent"), 30_000));
  }

  @Test
  void alsoWhereTheRuntimeKnowsNothing() throws Exception {
    assertTrue(wait(info(Optional.of(TaskState.Status.UNKNOWN), ""), 30_000).contains("(its runtime does not know it)"));
  }

  @Test
  void aContainerThatRunsIsWaitedForInSilence() throws Exception {
    assertEquals("", wait(info(Optional.of(TaskState.Status.RUNNING), ""), 300));
  }
}
