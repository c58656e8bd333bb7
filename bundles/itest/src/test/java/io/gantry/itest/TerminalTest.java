package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.registry.RealRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a user at a terminal types, and what appears: the shell, containers with a terminal, progress. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TerminalTest {
  private static final String BUSYBOX = "docker.io/library/busybox:latest";
  private static final String PROMPT = "gantry> ";
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";
  private static final String CTRL_P = "\u0010";
  private static RealRegistry registry;
  private static Manager manager;

  @BeforeAll
  static void start() throws Exception {
    for (Optional<String> why : List.of(Manager.missing(), RealRegistry.missing(), DebImage.missing(), Tty.missing())) {
      assumeTrue(why.isEmpty(), why.orElse(""));
    }
    registry = RealRegistry.start();
    registry.push("library/busybox", "latest", new DebImage(Path.of("target", "packages").toAbsolutePath()).busybox().build(
        ImageFormat.OCI));
    registry.push("library/many", "latest", ManyFiles.of(6, 20, 1).image(ImageFormat.OCI));
    manager = new Manager(registry.uri().toString());
    manager.ok("start");
    manager.ok("dist:pull", "-q", BUSYBOX);
  }

  @AfterAll
  static void stop() throws Exception {
    if (manager != null) manager.close();
    if (registry != null) registry.close();
  }

  @Test
  void aContainersTerminalIsTheUsers() throws Exception {
    try (Tty tty = new Tty(manager, 101, 31, "ctr:run", "-t", "--rm", BUSYBOX, "sh")) {
      tty.until("/ # ").type("stty size; tty\r").until("31 101").until("/dev/pts/0").until("/ # ");
      tty.resize(120, 40).type("while [ \"$(stty size)\" != '40 120' ]; do usleep 50000; done; echo resized\r").until("\nresized");
      tty.until("/ # ").type("sh -c 'echo waiting; exec sleep 1000'\r").until("\nwaiting").type(CTRL_C).until("/ # ").type("echo code $?\r")
          .until("\ncode 130");
      tty.until("/ # ").type("exit 3\r");
      assertEquals(3, tty.exit(), tty.all());
    }
    assertEquals("", manager.ok("ctr:list", "-q"), "--rm");
  }

  /** The process reads an end where it reads, and its output goes on. */
  @Test
  void anInputThatEndsDoesNotCloseTheTerminal() throws Exception {
    manager.ok("ctr:run", "--id", "ends", "-d", BUSYBOX, "sleep", "1000");
    for (String input : List.of("", "in", "in\n")) {
      String script = "echo one; sleep 1; echo two; exit 5";
      for (Answer a : List.of(manager.typing(input, "ctr:run", "--rm", "-t", BUSYBOX, "/bin/sh", "-c", script),
          manager.typing(input, "ctr:exec", "-t", "ends", "/bin/sh", "-c", script))) {
        assertEquals(5, a.code(), a.both());
        assertTrue(a.out().matches("(?s).*one\r\n.*two\r\n"), a.both());
      }
      Answer cat = manager.typing(input, "ctr:run", "--rm", "-t", BUSYBOX, "cat");
      assertEquals(0, cat.code(), cat.both());
      assertTrue(cat.out().endsWith(input.strip() + (input.endsWith("\n") ? "\r\n" : "")), cat.both());
    }
    manager.ok("ctr:delete", "-f", "ends");
  }

  @Test
  void aWindowThatIsClosedEndsTheShellInIt() throws Exception {
    try (Tty tty = new Tty(manager, 100, 30, "ctr:run", "-it", "--rm", "--id", "closed", BUSYBOX, "sh")) {
      tty.until("/ # ").hangUp();
      for (int i = 0; i < 200 && manager.ok("ctr:list", "-q").contains("closed"); i++) TimeUnit.MILLISECONDS.sleep(100);
      assertEquals("", manager.ok("ctr:list", "-q"));
    }
  }

  /** The container's first and only command asks for it, when nobody had the time to tell it afterwards. */
  @Test
  void aContainersTerminalBeginsWithTheUsersSize() throws Exception {
    manager.ok("ctr:run", "--id", "sized", "-d", BUSYBOX, "sleep", "1000");
    for (int i = 0; i < 10; i++) {
      try (Tty tty = new Tty(manager, 101 + i, 31, "ctr:run", "-t", "--rm", BUSYBOX, "stty", "size")) {
        assertEquals(List.of(0, "31 " + (101 + i)), List.of(tty.exit(), tty.all().strip()));
      }
      try (Tty tty = new Tty(manager, 81 + i, 21, "ctr:exec", "-t", "sized", "stty", "size")) {
        assertEquals(List.of(0, "21 " + (81 + i)), List.of(tty.exit(), tty.all().strip()));
      }
    }
    manager.ok("ctr:delete", "-f", "sized");
  }

  @Test
  void aPasswordIsNotShown() throws Exception {
    String host = registry.uri().getAuthority();
    try (Tty tty = new Tty(manager, 100, 30, "shell")) {
      tty.until(PROMPT).type("dist:login -u ann " + host + "\r").until("Password: ").type("sesamx\u007fe\r").until("asked for no password")
          .until(PROMPT).type("dist:login -u ann " + host + "\r").until("Password: ").type("sesam" + CTRL_C).until(PROMPT).type(CTRL_D);
      assertEquals(0, tty.exit(), tty.all());
      assertFalse(tty.all().contains("sesam"), tty.all());
    }
    try (Tty tty = new Tty(manager, 100, 30, "dist:login", "-u", "ann", host)) {
      tty.until("Password: ").type("sesam" + CTRL_C);
      assertEquals(130, tty.exit(), tty.all());
      assertFalse(tty.all().contains("sesam"), tty.all());
    }
    try (Tty tty = new Tty(manager, 100, 30, "dist:login", "-u", "ann", host, ">", "/dev/null")) {
      tty.until("Password: ").type("sesame\r");
      assertEquals(0, tty.exit(), tty.all());
      assertFalse(tty.all().contains("sesam"), "what it prints goes elsewhere, and a person types: " + tty.all());
    }
    String kept = Files.readString(manager.root().resolve("credentials.json"));
    assertTrue(kept.contains("\"sesame\""), "what was typed and mended is what is kept");
  }

  @Test
  void theUsersTerminalIsAsBeforeAfterwards() throws Exception {
    try (Tty tty = new Tty(manager, 100, 30, "shell")) {
      tty.until(PROMPT);
      String before = tty.settings();
      tty.type("ctr:run -t --rm " + BUSYBOX + " sh\r").until("/ # ").type("sh -c 'echo waiting; exec sleep 1000'\r").until("\nwaiting")
          .type(CTRL_C)
          .until("/ # ");
      tty.type("exit 4\r").until(PROMPT).type("gantry:help ctr:run\r").until("Exit code").until(PROMPT);
      assertEquals(before, tty.settings());
      tty.type(CTRL_D);
      assertEquals(0, tty.exit(), tty.all());
    }
  }

  @Test
  void anExecHasATerminalToo() throws Exception {
    manager.ok("ctr:run", "--id", "host", "-d", BUSYBOX, "sleep", "1000");
    try (Tty tty = new Tty(manager, 90, 25, "ctr:exec", "-t", "host", "sh")) {
      tty.until("/ # ").type("stty size\r").until("25 90").until("/ # ").type("exit 5\r");
      assertEquals(5, tty.exit(), tty.all());
    }
    manager.ok("ctr:delete", "-f", "host");
  }

  @Test
  void ctrlCWithoutATerminalOfItsOwnIsASignal() throws Exception {
    manager.ok("ctr:run", "--id", "catcher", "-d", BUSYBOX, "sleep", "1000");
    try (Tty tty = new Tty(manager, 80, 24, "ctr:exec", "catcher", "sleep", "1000")) {
      while (!manager.ok("ctr:exec", "catcher", "ps").matches("(?s).*sleep.*sleep.*")) continue;
      tty.type(CTRL_C);
      assertEquals(130, tty.exit(), tty.all());
    }
    manager.ok("ctr:delete", "-f", "catcher");
  }

  @Test
  void ctrlCEndsTheCommandAndNotTheShell() throws Exception {
    try (Tty tty = new Tty(manager, 100, 30, "shell")) {
      tty.until(PROMPT).type("events:follow\r").until("\n");
      for (int i = 0; i < 3; i++) {
        manager.ok("ctr:run", "--rm", BUSYBOX, "true");
        tty.until("/tasks/").type(CTRL_C).until("interrupted").until(PROMPT);
        tty.type("dist:images -q\r").until("-q\r").until(BUSYBOX).until(PROMPT).type("events:follow\r").until("\n");
      }
      tty.type(CTRL_C).until(PROMPT).type("half a line").until("half a line").type(CTRL_C).until(PROMPT).type("ctr:none\r")
          .until("there is no command 'ctr:none'");
      tty.until(PROMPT).type("foo [\r").until("this is no whole line (unexpected EOT");
      tty.until(PROMPT).type("exit\r");
      assertEquals(0, tty.exit(), tty.all());
    }
  }

  @Test
  void theShellCompletesWhatThereIs() throws Exception {
    manager.ok("ctr:run", "--id", "completed", "-d", BUSYBOX, "sleep", "1000");
    try (Tty tty = new Tty(manager, 120, 40, "shell")) {
      tty.until(PROMPT).type("dist:ima\t").until("dist:images ").type("--fo\t").until("--format ").type("js\t").until("json ").type(CTRL_C);
      tty.until(PROMPT).type("dist:\t").until("active").until("List the unfinished writes").until("Pull an image").type(CTRL_C);
      tty.until(PROMPT).type("ctr:run --snap\t").until("--snapshotter ").type("nat\t").until("native ").type("docker.io/library/bu\t");
      tty.until(BUSYBOX).type(CTRL_C).until(PROMPT).type("ctr:info com\t").until("completed ").type(CTRL_C);
      tty.until(PROMPT).type("driver:rollback layer\t").until("layer/tar ").type(CTRL_C).until(PROMPT).type(CTRL_D);
      assertEquals(0, tty.exit(), tty.all());
    }
    manager.ok("ctr:delete", "-f", "completed");
  }

  @Test
  void historyIsKeptOverSessions() throws Exception {
    try (Tty tty = new Tty(manager, 100, 30, "shell")) {
      tty.until(PROMPT).type("gantry:help dist:rmi\r").until("Remove the names").until(PROMPT).type(CTRL_D);
      assertEquals(0, tty.exit(), tty.all());
    }
    Path history = manager.root().resolve("history");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(history)));
    try (Tty tty = new Tty(manager, 100, 30, "shell")) {
      tty.until(PROMPT).type(CTRL_P).until("gantry:help dist:rmi").type("\r").until("Remove the names").until(PROMPT).type(CTRL_D);
      assertEquals(0, tty.exit(), tty.all());
    }
  }

  @Test
  void aPullDrawsBarsOnATerminalAndLinesElsewhere() throws Exception {
    String many = "docker.io/library/many:latest";
    try (Tty tty = new Tty(manager, 120, 40, "dist:pull", many)) {
      assertEquals(0, tty.exit(), tty.all());
      String bar = " +\\|[+]{38}\\|";
      for (String line : List.of(many + ": +resolved" + bar, many + ": +done" + bar, "layer-sha256:[0-9a-f]{12}…: +done" + bar,
          "config-sha256:[0-9a-f]{12}…: +done" + bar, "elapsed: [0-9.]+ s   total: [0-9.]+ [KM]iB \\([0-9.]+ [KM]?i?B/s\\)")) {
        assertTrue(Pattern.compile(line).matcher(tty.all()).find(), line + " is not in " + tty.all());
      }
    }
    manager.ok("dist:rmi", many);
    String lines = manager.ok("dist:pull", many);
    assertFalse(lines.contains("\u001b") || lines.contains("|++"), lines);
    assertTrue(Pattern.compile("(?m)^layer-sha256:[0-9a-f]{12}…: exists$").matcher(lines).find(), lines);
    assertTrue(lines.lines().toList().getLast().startsWith("elapsed: "), lines);
    assertTrue(manager.ok("dist:pull", "-q", many).matches("sha256:[0-9a-f]{64}"));
  }

  @Test
  void aNarrowWindowIsNeverOverrun() throws Exception {
    try (Tty tty = new Tty(manager, 60, 10, "dist:pull", BUSYBOX)) {
      assertEquals(0, tty.exit(), tty.all());
      for (String line : tty.all().split("\r\n")) {
        String text = line.replaceAll("\u001b\\[[0-9]*[A-Z]", "").replace("\r", "");
        assertTrue(text.codePointCount(0, text.length()) <= 60, "'" + text + "'");
      }
    }
  }
}
