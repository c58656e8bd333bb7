package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.TaskProcess;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Runtimes that throw what no contract has, and the moment between a start and its first look. */
class RuntimeFailuresTest extends UnsteadyHost {
  private static final Exit EXIT = new Exit(7, Instant.EPOCH);

  @Test
  void anEndIsAskedForUntilItIsTold() throws Exception {
    TaskId id = TaskId.of("default", "c");
    var asked = new AtomicInteger();
    var runtime = new LentDrivers();
    runtime.put(UnsteadyDrivers.RUNTIME, Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {Runtime.class},
        (self, method, given) -> switch (asked.incrementAndGet()) {
          case 1 -> throw new IllegalStateException("no contract has that");
          case 2 -> null;
          case 3 -> throw new IOException("nor this");
          default -> new TaskState(id, Status.STOPPED, 0, Optional.of(EXIT), Stdio.NONE);
        }), Map.of());
    try (var lives = new Lives((any, of) -> { })) {
      Live live = lives.add(id, new RuntimeDriver(runtime, SCOPE, Host.RUNTIME), 0, exit -> { }); // no descriptor can be had for it
      assertEquals(EXIT, live.await("it", Instant.now().plusSeconds(20)));
    }
  }

  @Test
  void aRuntimeThatCannotTellSpoilsNoList() throws Exception {
    host.tasks.run(SCOPE, Host.script("a", "exec sleep 1000"));
    host.tasks.run(SCOPE, Host.script("b", "exec sleep 1000"));
    for (Exception broken : List.of(new IOException("broken pipe"), new IllegalStateException("no state"), new NullPointerException())) {
      Object whole = drivers.around((name, given) -> {
        if (name.equals("state") && ((TaskId) given[0]).container().equals("a")) throw broken;
      }, (name, given) -> { });
      List<TaskInfo> all = host.tasks.list(SCOPE, "", 10);
      assertEquals(List.of("a", "b"), all.stream().map(t -> t.container().id()).toList());
      assertEquals(List.of(broken.toString(), ""), all.stream().map(TaskInfo::why).toList());
      assertEquals(List.of(Status.UNKNOWN, Status.RUNNING), host.tasks.listTasks(SCOPE, "", 10).stream().map(TaskProcess::status).toList());
      drivers.put(UnsteadyDrivers.RUNTIME, whole, Map.of());
    }
    assertEquals(Status.RUNNING, host.status("a"));
  }

  /** Whoever hears that it runs may ask at once how it ends. */
  @Test
  void aContainerCanBeWaitedForWhenItsStartIsTold() throws Exception {
    var early = new AtomicReference<Exception>();
    host.onEvent = topic -> {
      if (!topic.equals("/tasks/start")) return;
      try {
        host.tasks.await(new Scope("default", SCOPE.principal(), Optional.empty(), Instant.now().plusMillis(10)), "c");
      } catch (IOException e) {
        early.set(e);
      }
    };
    host.tasks.run(SCOPE, Host.script("c", "exec sleep 1000"));
    assertInstanceOf(UnavailableException.class, early.get());
    assertTrue(early.get().getMessage().contains("still runs"), early.get().getMessage());
  }
}
