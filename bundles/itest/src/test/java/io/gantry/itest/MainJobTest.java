package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.registry.RealRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pull, list, run, exec, wait, kill, delete; a killed manager; what must fail, with one clear message. */
class MainJobTest {
  private static final String BUSYBOX = "docker.io/library/busybox:latest";
  private static RealRegistry registry;
  private static Manager manager;

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing(), DebImage.missing())) {
      assumeTrue(why.isEmpty(), why.orElse(""));
    }
    registry = RealRegistry.start();
    var busybox = new DebImage(Path.of("target", "packages").toAbsolutePath()).busybox();
    registry.push("library/busybox", "latest", busybox.build(ImageFormat.OCI));
    registry.push("library/busybox", "docker", busybox.build(ImageFormat.DOCKER));
    registry.push("library/silent", "latest", busybox.cmd().build(ImageFormat.OCI));
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
    manager.ok("dist:pull", BUSYBOX);
  }

  @AfterAll
  static void stop() throws Exception {
    if (manager != null) manager.close();
    if (registry != null) registry.close();
  }

  private static void refused(int code, String part, String... words) throws Exception {
    Answer a = manager.run(words);
    assertEquals(code, a.code(), a.both());
    assertTrue(a.err().contains(part), "'" + part + "' is not in: " + a.both());
    assertFalse(a.err().contains("\tat "), a.both());
  }

  @Test
  void listsWhatWasPulled() throws Exception {
    String table = manager.ok("dist:images");
    assertTrue(table.startsWith("REF"), table);
    assertTrue(table.contains(BUSYBOX), table);
    assertTrue(manager.ok("dist:inspect", BUSYBOX).contains("overlayfs: layer/tar"), "who unpacked the layers");
    assertEquals(manager.ok("dist:pull", "-q", BUSYBOX), manager.ok("dist:pull", "-q", "busybox"));
    assertEquals("", manager.ok("dist:active", "--format", "json").replaceAll("[\\[\\]\\s]", ""));
  }

  @Test
  void runsUnderBothSnapshotters() throws Exception {
    assertEquals("hello", manager.ok("ctr:run", "--rm", BUSYBOX, "echo", "hello"));
    assertEquals("native", manager.ok("ctr:run", "--rm", "--snapshotter", "native", BUSYBOX, "echo", "native"));
    assertEquals("", manager.ok("ctr:list", "-q"));
  }

  @Test
  void givesTheCommandsExitCode() throws Exception {
    assertEquals(7, manager.run("ctr:run", "--rm", BUSYBOX, "/bin/sh", "-c", "exit 7").code());
    Answer streams = manager.run("ctr:run", "--rm", BUSYBOX, "/bin/sh", "-c", "echo out; echo err >&2");
    assertEquals(new Answer(0, "out\n", "err\n"), streams);
  }

  @Test
  void takesArgumentsAsTheyAre() throws Exception {
    assertEquals("a b|$HOME|'x'|", manager.ok("ctr:run", "--rm", BUSYBOX, "printf", "%s|", "a b", "$HOME", "'x'"));
    assertEquals("1", manager.ok("ctr:run", "--rm", "-e", "A=1", BUSYBOX, "/bin/sh", "-c", "echo $A"));
    assertEquals("/tmp", manager.ok("ctr:run", "--rm", "--cwd", "/tmp", BUSYBOX, "pwd"));
    assertEquals("42", manager.ok("ctr:run", "--rm", "--user", "42:42", BUSYBOX, "id", "-u"));
  }

  @Test
  void execsKillsAndWaits() throws Exception {
    manager.ok("ctr:run", "--id", "sleeper", "-d", BUSYBOX, "/bin/sh", "-c", "echo started; exec sleep 1000");
    assertEquals("inside", manager.ok("ctr:exec", "sleeper", "echo", "inside"));
    assertEquals(5, manager.run("ctr:exec", "sleeper", "/bin/sh", "-c", "exit 5").code());
    refused(127, "no-such", "ctr:exec", "sleeper", "no-such");
    refused(125, "is there already", "ctr:run", "--id", "sleeper", BUSYBOX, "true");
    refused(1, "running", "ctr:delete", "sleeper");
    manager.ok("ctr:kill", "--signal", "SIGKILL", "sleeper");
    assertEquals("137", manager.ok("ctr:wait", "sleeper"));
    assertEquals("started", manager.ok("ctr:logs", "sleeper"));
    manager.ok("ctr:delete", "sleeper");
    refused(1, "sleeper", "ctr:info", "sleeper");
  }

  /** As docker and ctr do: the client is a stand-in for the process. */
  @Test
  void aSignalToTheClientReachesTheProcess() throws Exception {
    String traps = "trap 'exit 7' TERM; trap 'exit 8' HUP; echo ready; while true; do usleep 20000; done";
    signalled("TERM", 7, "ctr:run", "--rm", BUSYBOX, "/bin/sh", "-c", traps);
    signalled("HUP", 8, "ctr:run", "--rm", BUSYBOX, "/bin/sh", "-c", traps);
    assertEquals("", manager.ok("ctr:list", "-q"), "--rm");
    manager.ok("ctr:run", "--id", "host", "-d", BUSYBOX, "sleep", "1000");
    signalled("TERM", 7, "ctr:exec", "host", "/bin/sh", "-c", traps);
    signalled("TERM", 128 + 15, "ctr:exec", "host", "/bin/sh", "-c", "echo ready; exec sleep 1000");
    assertEquals("host", manager.ok("ctr:list", "-q"), "only the process in it was ended");
    manager.ok("ctr:delete", "-f", "host");
  }

  /** As behind head: SIGPIPE would end a process of the host, and this one ignores what it does not catch. */
  @Test
  void whatNobodyReadsEnds() throws Exception {
    unread(BUSYBOX, "/bin/sh", "-c", "while true; do echo y; done");
    unread(BUSYBOX, "/bin/sh", "-c", "trap 'exit 7' TERM; while true; do echo y; done");
    assertEquals("", manager.ok("ctr:list", "-q"), "--rm");
  }

  private static void unread(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("ctr:run", "--rm"));
    command.addAll(List.of(words));
    Process client = new ProcessBuilder(manager.command(command.toArray(new String[0]))).redirectError(
        ProcessBuilder.Redirect.INHERIT).start();
    try {
      assertEquals('y', client.getInputStream().read());
      client.getInputStream().close();
      assertTrue(client.waitFor(30, TimeUnit.SECONDS), "the client has not ended");
      assertEquals(128 + 13, client.exitValue());
    } finally {
      client.destroyForcibly();
    }
  }

  private static void signalled(String signal, int code, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal")); // whoever runs the tests may ignore some
    command.addAll(manager.command(words));
    Process client = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var out = client.inputReader()) {
      assertEquals("ready", out.readLine());
      assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(client.pid())).inheritIO().start().waitFor());
      assertTrue(client.waitFor(30, TimeUnit.SECONDS), "the client has not ended");
      assertEquals(code, client.exitValue());
    } finally {
      client.destroyForcibly();
    }
  }

  @Test
  void findsContainersAgainAfterItWasKilled() throws Exception {
    manager.ok("ctr:run", "--id", "stays", "-d", BUSYBOX, "sleep", "1000");
    manager.ok("ctr:run", "--id", "ends", "-d", BUSYBOX, "/bin/sh", "-c", "sleep 1; exit 9");
    String pid = pid("stays");
    manager.kill();
    assertTrue(Files.isDirectory(Path.of("/proc", pid)), "the container runs on");
    manager.ok("start");
    assertEquals(pid, pid("stays"));
    assertEquals("9", manager.ok("ctr:wait", "ends"));
    manager.ok("ctr:delete", "-f", "stays", "ends");
    assertFalse(Files.isDirectory(Path.of("/proc", pid)), "the container is gone");
  }

  @Test
  void showsTheDigestOfShippedDrivers() throws Exception {
    byte[] jar = Files.readAllBytes(Path.of(System.getProperty("gantry.home"), "bundles", "layer.tar-0.1.0.jar"));
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(jar));
    assertTrue(manager.ok("driver:list", "--format", "json").contains('"' + digest + '"'), digest);
    String row = manager.ok("driver:list").lines().filter(l -> l.startsWith("layer ")).findFirst().orElseThrow();
    assertTrue(row.contains(" " + digest.substring(0, 19) + " "), row);
  }

  @Test
  void aBundleIsStoppedAndStartedByHand() throws Exception {
    String all = manager.ok("felix:lb", "-s");
    String id = all.lines().filter(l -> l.contains("io.gantry.resolver.docker")).findFirst().orElseThrow().strip().replaceAll("\\|.*", "");
    manager.ok("felix:stop", "io.gantry.resolver.docker");
    String states = manager.ok("driver:list");
    assertTrue(states.lines().anyMatch(l -> l.contains("resolver") && l.contains("absent")), states);
    manager.ok("felix:start", id);
    manager.ok("dist:pull", "-q", BUSYBOX);
    manager.ok("felix:stop", id);
    manager.ok("felix:start", id);
    refused(1, "felix:stop takes other arguments", "felix:stop", "no.such.bundle");
  }

  /** A pipe that nobody reads would bring a container to a stand after 64 KiB. */
  @Test
  void outputGoesOnWithoutAManager() throws Exception {
    String many = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; echo all";
    manager.ok("ctr:run", "--id", "screen", "-d", "-t", BUSYBOX, "/bin/sh", "-c", "echo begun; sleep 4; " + many);
    Thread client = Thread.ofVirtual().start(() -> {
      try {
        manager.run("ctr:run", "--id", "pipes", BUSYBOX, "/bin/sh", "-c", "echo begun; sleep 4; " + many);
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    while (!manager.run("ctr:logs", "pipes").out().contains("begun")) Thread.sleep(100);
    manager.kill();
    client.join();
    manager.ok("start");
    for (String id : List.of("screen", "pipes")) {
      assertEquals("0", manager.ok("ctr:wait", id), id);
      List<String> lines = manager.ok("ctr:logs", id).lines().map(String::strip).toList();
      assertEquals(List.of(20_002, "begun", "all"), List.of(lines.size(), lines.getFirst(), lines.getLast()), id);
    }
    manager.ok("ctr:delete", "screen", "pipes");
  }

  private static String pid(String id) throws IOException, InterruptedException {
    return manager.ok("ctr:info", "--format", "json", id).replaceAll("(?s).*\"pid\" : ([0-9]+).*", "$1");
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    refused(1, "no-such-image", "dist:pull", "docker.io/library/no-such-image:latest");
    refused(1, "no-such-tag", "dist:pull", "docker.io/library/busybox:no-such-tag");
    refused(1, "is not a repository", "dist:pull", "docker.io/UPPER");
    refused(125, "no command", "ctr:run", "--rm", pulled("docker.io/library/silent:latest"));
    refused(127, "no-such-command", "ctr:run", "--rm", BUSYBOX, "no-such-command");
    refused(126, "/etc/passwd", "ctr:run", "--rm", BUSYBOX, "/etc/passwd");
    refused(125, "zfs", "ctr:run", "--rm", "--snapshotter", "zfs", BUSYBOX, "true");
    refused(125, "not-there", "ctr:run", "--rm", "--runtime", "not-there", BUSYBOX, "true");
    refused(1, "no command 'dist:nothing'", "dist:nothing");
    assertEquals("", manager.ok("ctr:list", "-q"), "nothing is left");
  }

  private static String pulled(String image) throws IOException, InterruptedException {
    manager.ok("dist:pull", "-q", image);
    return image;
  }

  /** The number of a manager that was killed may have come to mean another one. */
  @Test
  void aForeignPidIsNotItsOwn() throws Exception {
    try (Manager other = new Manager(registry.uri().toString())) {
      Files.createDirectories(other.state());
      Files.copy(manager.state().resolve("gantry.pid"), other.state().resolve("gantry.pid"));
      Answer status = other.run("status");
      assertEquals(3, status.code(), status.both());
      assertEquals(0, other.run("stop").code());
      assertTrue(manager.ok("status").contains("manager runs"), "the other one was left alone");
    }
  }

  /** What comes a moment later is missing in the first help, and to the first command. */
  @Test
  void allCommandsAreThereWhenStartComesBack() throws Exception {
    long verbs;
    try (JarFile jar = new JarFile(Path.of(System.getProperty("gantry.home"), "bundles", "commands-0.1.0.jar").toFile())) {
      List<JarEntry> all = jar.stream().filter(e -> e.getName().matches("OSGI-INF/.*\\.xml")).toList();
      verbs = 0;
      for (JarEntry e : all) {
        if (new String(jar.getInputStream(e).readAllBytes(), StandardCharsets.UTF_8).contains("osgi.command.function")) verbs++;
      }
    }
    for (int i = 0; i < 3; i++) {
      try (Manager other = new Manager(registry.uri().toString())) {
        other.ok("start");
        assertEquals(verbs, other.ok("commands").lines().filter(l -> l.matches("[a-z]+:[a-z-]+ .*")).count(), "start " + i);
      }
    }
  }

  @Test
  void sharesNoCgroupWithAnotherManager() throws Exception {
    try (Manager other = new Manager(registry.uri().toString())) {
      other.ok("start");
      other.ok("dist:pull", "-q", BUSYBOX);
      for (Manager m : List.of(manager, other)) m.ok("ctr:run", "--id", "twin", "-d", BUSYBOX, "sleep", "1000");
      other.ok("ctr:kill", "--all", "--signal", "SIGKILL", "twin");
      assertEquals("137", other.ok("ctr:wait", "twin"));
      assertEquals("alive", manager.ok("ctr:exec", "twin", "echo", "alive"));
    }
    manager.ok("ctr:delete", "-f", "twin");
  }

  @Test
  void refusesASecondManagerOnTheSameRoot() throws Exception {
    Answer second = manager.run("start");
    assertNotEquals(0, second.code());
    assertTrue(second.err().contains("runs already"), second.both());
  }
}
