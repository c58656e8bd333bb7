package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Typed;
import io.gantry.service.task.ProcessRef;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel kills for want of memory, over the real kernel. */
class OomTest {
  private static final String EATS = "x=x; while true; do x=$x$x; done";
  private static final ProcessRef C = ProcessRef.first("c");
  private static final ProcessRef E = new ProcessRef("c", "e");
  @TempDir Path root;
  private Host host;
  private Client client;

  @BeforeEach
  void open() throws IOException {
    Host.require();
    boolean v2 = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    assumeTrue(v2 || Files.exists(Path.of("/sys/fs/cgroup/memory")), "skipped: no cgroup of this kernel counts memory");
    host = new Host(root);
    client = new Client(root.resolve("client"));
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  /** Topics of what was told of processes and their ends. */
  private List<String> told() {
    return host.told.lines().stream().filter(l -> l.contains("/tasks/oom") || l.contains("/tasks/exit")).map(l -> l.split(" ")[1]).toList();
  }

  private void limit() throws IOException {
    String limit = "{\"memory\":{\"limit\":" + (32 << 20) + "}}";
    host.tasks.update(SCOPE, "c", new Typed("types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", limit.getBytes(
        StandardCharsets.UTF_8)));
  }

  @Test
  void eachKillIsToldOnceBeforeAnyEndAndOverARestart() throws Exception {
    client.create(host, "c", Stdio.NONE, "/bin/sh", "-c", "(" + EATS + "); until [ -e /tmp/go ]; do sleep 0.1; done; " + EATS);
    limit();
    host.tasks.start(SCOPE, C);
    Host.await(this::told, List.of("/tasks/oom")::equals);
    host.tasks.add(SCOPE, E, Client.added(false, "/bin/sh", "-c", EATS), Stdio.NONE);
    host.tasks.start(SCOPE, E);
    assertEquals(137, host.tasks.await(SCOPE, E).code());
    assertEquals(List.of("/tasks/oom", "/tasks/oom", "/tasks/exit"), told());
    host.close();
    host = new Host(root);
    Instant looked = Instant.now().plusSeconds(4);
    Host.await(Instant::now, now -> now.isAfter(looked));
    assertEquals(List.of(), told(), "what an earlier manager told");
    Files.createFile(root.resolve("client/tree/tmp/go"));
    assertEquals(137, host.tasks.await(SCOPE, C).code());
    assertEquals(List.of("/tasks/oom", "/tasks/exit"), told());
    assertEquals("{container_id=c}", host.told.lines().stream().filter(l -> l.contains("/tasks/oom")).findFirst().orElseThrow()
        .replaceAll("^.*?(?=\\{)", ""));
    host.tasks.delete(SCOPE, E);
    host.tasks.delete(SCOPE, C);
  }
}
