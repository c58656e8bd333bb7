package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.api.CorruptException;
import io.gantry.api.Typed;
import io.gantry.commands.Console;
import io.gantry.commands.Golden;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Damaged;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContainersJsonTest {
  private static TaskInfo info(String id, Optional<TaskState> state, String why) {
    var container = new Container(id, "docker.io/library/redis:latest", "io.containerd.runc.v2", Optional.empty(), new Typed("spec",
        new byte[0]), "overlayfs", id, Map.of(), Map.of("app", "shop"), Golden.CREATED, Golden.UPDATED, 3);
    return new TaskInfo(container, state, state.map(s -> Golden.UPDATED), why);
  }

  private static Optional<TaskState> state(String id, TaskState.Status status, long pid, TaskState.Exit exit) {
    return Optional.of(new TaskState(new TaskId("default", id, ""), status, pid, Optional.ofNullable(exit), Stdio.NONE));
  }

  private final List<TaskInfo> all = List.of(info("runs", state("runs", TaskState.Status.RUNNING, 4711, null), ""),
      info("ended", state("ended",
        TaskState.Status.STOPPED, 0, new TaskState.Exit(137, Golden.UPDATED)), ""), info("lost", Optional.empty(),
        "driver runtime/io.containerd.runc.v2 is absent"), info("made", Optional.empty(), ""));
  private final ContainerList verb = new ContainerList();
  private List<Damaged> damaged = List.of();

  @BeforeEach
  void answer() {
    verb.tasks = Golden.service(Tasks.class, (method, args) -> method.equals("list") ? all : List.of());
    verb.containers = Golden.service(Containers.class, (method, args) -> damaged);
  }

  @Test
  void aTableWithTheReasonsBesideIt() throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    CommandSession session = Golden.service(CommandSession.class, (method, args) -> null);
    var console = new Console(session, InputStream.nullInputStream(), new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err,
        true, StandardCharsets.UTF_8));
    assertEquals(0, verb.run(verb.syntax().parse(List.of()), console));
    assertEquals(List.of("CONTAINER", "runs", "ended", "lost", "made"), out.toString(StandardCharsets.UTF_8).lines().map(l -> l.split(
        " ")[0]).toList());
    assertEquals("lost: driver runtime/io.containerd.runc.v2 is absent\n", err.toString(StandardCharsets.UTF_8));
    err.reset();
    damaged = List.of(new Damaged("cut", new CorruptException("container 'cut' is damaged", "that", "this")));
    assertEquals(1, verb.run(verb.syntax().parse(List.of("-q")), console), "those of them that are whole");
    assertEquals("container 'cut' is damaged: expected that, found this\n", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void list() throws Exception {
    Golden.same("containers.json", verb, verb::run);
  }
}
