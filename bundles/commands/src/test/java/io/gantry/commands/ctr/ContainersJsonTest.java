package io.gantry.commands.ctr;

import io.gantry.api.Typed;
import io.gantry.commands.Golden;
import io.gantry.service.record.Container;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  @Test
  void list() throws Exception {
    List<TaskInfo> all = List.of(info("runs", state("runs", TaskState.Status.RUNNING, 4711, null), ""), info("ended", state("ended",
        TaskState.Status.STOPPED, 0, new TaskState.Exit(137, Golden.UPDATED)), ""), info("lost", Optional.empty(),
        "driver runtime/io.containerd.runc.v2 is absent"), info("made", Optional.empty(), ""));
    var verb = new ContainerList();
    verb.tasks = Golden.service(Tasks.class, (method, args) -> method.equals("list") ? all : List.of());
    Golden.same("containers.json", verb, verb::run);
  }
}
