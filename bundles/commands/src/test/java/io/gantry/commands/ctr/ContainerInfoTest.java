package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerInfoTest {
  private static final String SPEC = """
      {"process": {"args": ["echo", "it's here", "-n"], "cwd": "/data", "user": {"uid": 999, "gid": 998}, "env": ["SECRET=1"]},
       "mounts": [{"type": "proc", "source": "proc", "destination": "/proc"},
        {"type": "bind", "source": "/a", "destination": "/b", "options": ["rbind", "ro"]},
        {"type": "bind", "source": "/c", "destination": "/d", "options": ["rbind"]}]}
      """;
  private final ContainerInfo verb = new ContainerInfo();

  private void answer(String spec, Optional<TaskState> state, String why) {
    var container = new Container("foo", "docker.io/library/redis:latest", "io.containerd.runc.v2", Optional.empty(), new Typed(
        "types.containerd.io/opencontainers/runtime-spec/1/Spec", spec.getBytes(StandardCharsets.UTF_8)), "overlayfs", "foo", Map.of(),
        Map.of("app", "shop", "b", "\u001b[31m"), Golden.CREATED, Golden.UPDATED, 3);
    var info = new TaskInfo(container, state, state.map(s -> Golden.UPDATED), why);
    verb.tasks = Golden.service(Tasks.class, (method, args) -> info);
  }

  private String said() throws Exception {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertEquals(0, verb.run(verb.syntax().parse(List.of("foo")), Golden.console(stream, stream)));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void peopleReadWhatMatters() throws Exception {
    answer(SPEC, Optional.of(new TaskState(new TaskId("default", "foo", ""), TaskState.Status.STOPPED, 0, Optional.of(
        new TaskState.Exit(137, Golden.UPDATED)), Stdio.NONE)), "");
    assertEquals("""
        id:        foo
        image:     docker.io/library/redis:latest
        runtime:   io.containerd.runc.v2
        snapshot:  overlayfs foo
        status:    stopped (137)
        pid:       -
        created:   2026-01-02T03:04:05.000000006Z
        started:   2026-02-03T04:05:06Z
        ended:     2026-02-03T04:05:06Z
        command:   echo 'it'\\''s here' -n
        folder:    /data
        user:      999:998
        binds:     /a at /b (rbind,ro)
                   /c at /d (rbind)
        labels:    app=shop
                   b=?[31m
        """, said());
  }

  @Test
  void whatIsNotToBeHadIsLeftOut() throws Exception {
    answer("no document", Optional.empty(), "driver runtime/io.containerd.runc.v2 is absent");
    assertEquals("""
        id:        foo
        image:     docker.io/library/redis:latest
        runtime:   io.containerd.runc.v2
        snapshot:  overlayfs foo
        status:    unknown
        pid:       -
        why:       driver runtime/io.containerd.runc.v2 is absent
        created:   2026-01-02T03:04:05.000000006Z
        labels:    app=shop
                   b=?[31m
        """, said());
  }

  @Test
  void programsReadAll() throws Exception {
    answer(SPEC, Optional.empty(), "");
    Golden.same("container.json", verb, verb::run, "foo");
  }
}
