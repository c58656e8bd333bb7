package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.NotFoundException;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcess;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks whose client takes the steps, under a manager that is killed, and a driver that is replaced. */
class StepsAdoptionTest {
  @TempDir Path root;
  private Host host;

  @BeforeEach
  void require() {
    Host.require();
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  private void killManager() throws Exception {
    Process manager = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
        StepsKilled.class.getName(), root.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var out = manager.inputReader()) {
      assertEquals("started", out.readLine());
    } finally {
      manager.destroyForcibly().waitFor();
    }
  }

  private List<String> told(String container) {
    return host.told.lines().stream().filter(l -> l.contains("/tasks/") && l.contains("container_id=" + container)).map(l -> l.split(" ")[1]
        .substring("/tasks/".length())).toList();
  }

  private TaskProcess get(String container, String exec) throws IOException {
    return host.tasks.get(SCOPE, new ProcessRef(container, exec));
  }

  @Test
  void goesOnWhereItWas() throws Exception {
    var client = new Client(root.resolve("client"));
    Path out = client.fifo("out");
    Process reader = client.reads(out);
    Path in = client.fifo("in");
    killManager();
    try (var to = Files.newOutputStream(in)) { // there is no manager
      to.write("while it is away\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    Instant killed = Instant.now();
    Instant opened = Host.await(Instant::now, now -> now.isAfter(killed.plusMillis(2000)));
    host = new Host(root);
    Exit exit = host.tasks.await(SCOPE, ProcessRef.first("ends"));
    assertEquals(9, exit.code());
    assertTrue(exit.at().isBefore(opened), "it ended at " + exit.at() + ", not when it was found");
    assertEquals(List.of("exit"), told("ends"));
    assertEquals(9, host.tasks.delete(SCOPE, ProcessRef.first("ends")).exit().orElseThrow().code());

    assertEquals(8, host.tasks.await(SCOPE, new ProcessRef("runs", "ends")).code());
    assertEquals(List.of(Status.RUNNING, Status.RUNNING, Status.CREATED), List.of(get("runs", "").status(), get("runs", "runs").status(),
        get("runs", "made").status()));
    host.tasks.start(SCOPE, new ProcessRef("runs", "made"));
    host.tasks.kill(SCOPE, new ProcessRef("runs", "made"), 9);
    assertEquals(137, host.tasks.await(SCOPE, new ProcessRef("runs", "made")).code());
    host.tasks.closeInput(SCOPE, ProcessRef.first("runs"));
    assertEquals(4, host.tasks.await(SCOPE, ProcessRef.first("runs")).code());
    assertEquals(out.toString(), host.tasks.delete(SCOPE, ProcessRef.first("runs")).stdio().stdout());
    assertEquals(0, reader.waitFor());
    assertEquals("while it is away\n", Client.read(out));

    host.tasks.start(SCOPE, ProcessRef.first("made"));
    assertEquals(6, host.tasks.await(SCOPE, ProcessRef.first("made")).code());
    assertEquals(List.of("start", "exit"), told("made"));
    assertEquals("half", host.containers.get(SCOPE, "half").id(), "the record is its client's");
    assertThrows(NotFoundException.class, () -> get("half", ""));
    host.tasks.create(SCOPE, client.request("half", Stdio.NONE));
    assertEquals(Status.RUNNING, get("starting", "").status());
    assertThrows(AlreadyExistsException.class, () -> host.tasks.create(SCOPE, client.request("starting",
        Stdio.NONE)));
    host.tasks.kill(SCOPE, ProcessRef.first("starting"), 9);
    assertEquals(137, host.tasks.await(SCOPE, ProcessRef.first("starting")).code());
    assertEquals(List.of("start", "exit"), told("starting"));
    assertEquals(List.of(), host.left().stream().filter(l -> l.contains("lost")).toList(), "nobody could reach it");
  }

  @Test
  void goesOnUnderAnotherDriver() throws Exception {
    host = new Host(root);
    var client = new Client(root.resolve("client"));
    Path in = client.fifo("in");
    Path out = client.fifo("out");
    Process reader = client.reads(out);
    var c = ProcessRef.first("c");
    client.create(host, "c", new Stdio(in.toString(), out.toString(), "file:///dev/null", false), "/bin/cat");
    host.openRuntime();
    host.tasks.start(SCOPE, c);
    host.tasks.add(SCOPE, new ProcessRef("c", "e"), Client.added(false, "/bin/true"), Stdio.NONE);
    host.openRuntime();
    host.tasks.start(SCOPE, new ProcessRef("c", "e"));
    assertEquals(0, host.tasks.await(SCOPE, new ProcessRef("c", "e")).code());
    try (var to = Files.newOutputStream(in)) {
      to.write("through another\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    host.openRuntime();
    host.tasks.closeInput(SCOPE, c);
    assertEquals(0, host.tasks.await(SCOPE, c).code());
    host.openRuntime();
    host.tasks.delete(SCOPE, c);
    assertEquals(0, reader.waitFor());
    assertEquals("through another\n", Client.read(out));
  }
}
