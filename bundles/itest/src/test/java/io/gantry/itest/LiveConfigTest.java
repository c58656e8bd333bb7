package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.registry.RealRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A file of {@code config/} that is changed applies to what begins, and what runs goes on as if nothing had been. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LiveConfigTest {
  private static final String BUSYBOX = "docker.io/library/busybox:latest";
  private static final Map<String, String> CHANGES = Map.of("events.cfg", "kept = 20000", "unpack.cfg", "parallel = 1",
      "transfer.cfg", "snapshotter = native", "tasks.cfg", "snapshotter = native", "swap.cfg", "drain.timeout = 9s");
  private RealRegistry registry;
  private Manager manager;

  @BeforeEach
  void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing(), DebImage.missing())) {
      assumeTrue(why.isEmpty(), why.orElse(""));
    }
    registry = RealRegistry.start();
    registry.push("library/busybox", "latest", new DebImage(Path.of("target", "packages").toAbsolutePath()).busybox()
        .build(ImageFormat.OCI));
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
    manager.ok("dist:pull", BUSYBOX);
  }

  @AfterEach
  void stop() throws Exception {
    if (manager != null) manager.close();
    if (registry != null) registry.close();
  }

  @Test
  void whatRunsGoesOnAndWhatBeginsHasTheNewValues() throws Exception {
    String waits = "echo ready; read -r word; echo got $word; exit 7";
    Process run = client("ctr:run", "--rm", "--id", "first", "-i", BUSYBOX, "/bin/sh", "-c", waits);
    manager.ok("ctr:run", "--id", "host", "-d", BUSYBOX, "sleep", "1000");
    Process exec = client("ctr:exec", "-i", "host", "/bin/sh", "-c", waits);
    Process waiting = new ProcessBuilder(manager.command("ctr:wait", "host")).redirectErrorStream(true).start();
    try (var out = run.inputReader(); var more = exec.inputReader()) {
      assertEquals("ready", out.readLine());
      assertEquals("ready", more.readLine());
      for (Map.Entry<String, String> c : CHANGES.entrySet()) change(c.getKey(), c.getValue());
      String rows = manager.ok("driver:list");
      assertFalse(rows.contains(".cfg:"), rows);
      ends(run, out);
      ends(exec, more);
    }
    manager.ok("ctr:kill", "--signal", "SIGKILL", "host");
    assertTrue(waiting.waitFor(30, TimeUnit.SECONDS), "it does not hear of the end");
    assertEquals("137", new String(waiting.getInputStream().readAllBytes()).strip());
    manager.ok("ctr:run", "--id", "later", "-d", BUSYBOX, "sleep", "1000");
    assertTrue(manager.ok("ctr:info", "later").contains("native"), "the snapshotter of the changed file");
    refused("tasks.cfg", "runtime = no name", "runtime = 'no name' is the name of no runtime driver; ", "io.containerd.runc.v2");
    refused("records.cfg", "store = nope", "store = 'nope' is the name of no metadata driver; ", "mapdb");
    refused("content.cfg", "store = nope", "store = 'nope' is the name of no content driver; ", "local");
    refused("runtime.shim~io.containerd.runc.v2.cfg", "shim.path = /nothere", "shim.path: driver runtime/io.containerd.runc.v2 of ",
        "io.containerd.runc.v2");
    refused("snapshot.overlay~overlayfs.cfg", "mount.options = workdir=/x", "mount.options has 'workdir=/x'", "overlayfs");
    assertEquals("works", manager.ok("ctr:run", "--rm", BUSYBOX, "echo", "works"), "by the last good values");
    manager.ok("dist:pull", BUSYBOX);
  }

  /** Until the row of the driver that stays in use tells of it. */
  private void refused(String name, String line, String why, String stays) throws Exception {
    write(name, line);
    String row = "";
    for (int i = 0; i < 100 && !row.contains(why); i++) {
      row = manager.ok("driver:list").lines().filter(l -> l.contains(" " + stays + " ")).findFirst().orElseThrow();
    }
    assertTrue(row.contains(name + ":") && row.contains(why) && row.endsWith("; the last good values are used"), row);
  }

  private Process client(String... words) throws IOException {
    return new ProcessBuilder(manager.command(words)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void ends(Process client, java.io.BufferedReader out) throws Exception {
    try (var in = client.outputWriter()) {
      in.write("word\n");
    }
    assertEquals("got word", out.readLine());
    assertTrue(client.waitFor(30, TimeUnit.SECONDS), "the client does not hear of the end");
    assertEquals(7, client.exitValue());
  }

  /** Waits until the log says that it was taken up. */
  private void change(String name, String line) throws Exception {
    int before = changes(name);
    write(name, line);
    for (int i = 0; changes(name) == before; i++) {
      assertTrue(i < 600, name + " was not taken up");
      Thread.sleep(50);
    }
  }

  private void write(String name, String line) throws IOException {
    Path file = manager.root().resolve("config").resolve(name);
    String key = line.substring(0, line.indexOf(' '));
    Files.writeString(file, Files.readString(file).replaceAll("(?m)^" + key.replace(".", "\\.") + " =.*", line));
  }

  private int changes(String name) throws IOException {
    return Files.readString(manager.root().resolve("log/gantry.log")).split(name + " changed", -1).length;
  }
}
