package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code ctr:attach} to containers of Debian's {@code ctr} and of ours. */
class AttachTest extends CtrWorld {
  private static final String ECHO = "while read line; do if [ \"$line\" = end ]; then exit 5; fi; echo got $line; done";
  private static Comparison names;

  @BeforeAll
  static void pull() throws Exception {
    names = in("attach");
    names.ours().ok("images", "pull", "--plain-http", image);
  }

  private static Ctr ctr() {
    return names.ours();
  }

  private static String namespace() {
    return ctr().namespace();
  }

  private static List<String> attach(String... words) {
    return manager.command(Stream.concat(Stream.of("-n", namespace(), "ctr:attach"), Stream.of(words)).toArray(String[]::new));
  }

  /** A client whose input is a pipe. */
  private static Running client(String... words) throws IOException {
    Path out = Files.createTempFile(ctr().folder(), "out", "");
    Path err = Files.createTempFile(ctr().folder(), "err", "");
    return new Running(new ProcessBuilder(attach(words)).redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
  }

  private static void type(Running client, String text) throws IOException {
    client.process().getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    client.process().getOutputStream().flush();
  }

  private static String status(String id) throws Exception {
    return manager.ok("-n", namespace(), "ctr:info", id).lines().filter(l -> l.startsWith("status")).findFirst().orElse("");
  }

  /** Descriptors and threads of the manager that are about FIFOs. */
  private static List<String> held() throws IOException {
    Path process = Path.of("/proc", Long.toString(manager.pid()));
    try (Stream<Path> fds = Files.list(process.resolve("fd")); Stream<Path> threads = Files.list(process.resolve("task"))) {
      Stream<String> files = fds.map(AttachTest::target).filter(t -> t.contains("/fifo/"));
      return Stream.concat(files, threads.map(AttachTest::name).filter(n -> n.startsWith("fifo-"))).toList();
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException closed) {
      return "";
    }
  }

  private static String name(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"));
    } catch (IOException ended) {
      return "";
    }
  }

  @Test
  void aContainerOfCtrIsReadAndWritten() throws Exception {
    try (Running run = Running.begin(ctr(), List.of("run", "-d", image, "of-ctr", "/bin/sh", "-c", ECHO))) {
      until("it runs", () -> ctr().run("tasks", "ls").out().contains("RUNNING"));
      try (Running first = client("-i", "of-ctr")) {
        type(first, "one\n");
        first.until("got one\n");
      } // killed with SIGKILL
      until("nothing of it is held", () -> held().isEmpty());
      assertTrue(status("of-ctr").contains("running"), status("of-ctr"));
      assertEquals(0, manager.typing("", "-n", namespace(), "ctr:list").code());
      try (Running second = client("-i", "of-ctr")) {
        type(second, "two\n");
        second.until("got two\n");
        type(second, "end\n");
        assertEquals(5, second.end().code());
      }
      ctr().ok("tasks", "rm", "of-ctr");
      ctr().ok("containers", "rm", "of-ctr");
    }
    until("nothing of it is held", () -> held().isEmpty());
  }

  @Test
  void oneOfOursIsShownFromNowOn() throws Exception {
    String script = "echo before; while [ ! -e /tmp/go ]; do usleep 20000; done; echo after; exit 6";
    manager.ok("-n", namespace(), "ctr:run", "-d", "--id", "ours", image, "/bin/sh", "-c", script);
    until("it has begun", () -> manager.ok("-n", namespace(), "ctr:logs", "ours").equals("before"));
    try (Running client = client("-i", "ours")) {
      until("it is attached", () -> Files.size(client.err()) > 0);
      manager.ok("-n", namespace(), "ctr:exec", "ours", "touch", "/tmp/go");
      Answer a = client.end();
      assertEquals(6, a.code(), a.both());
      assertEquals("after\n", a.out());
      assertEquals(1, a.err().lines().count(), a.err());
      assertTrue(a.err().startsWith("the standard input is not passed on: ") && a.err().contains("made without"), a.err());
    }
    Answer ended = manager.run("-n", namespace(), "ctr:attach", "ours");
    assertEquals("125 container 'ours' does not run (any more); ctr:logs shows what it wrote\n", ended.code() + " " + ended.err());
    assertEquals(125, manager.run("-n", namespace(), "ctr:attach", "none").code());
    manager.ok("-n", namespace(), "ctr:delete", "ours");
  }

  @Test
  void aTerminalIsTheUsers() throws Exception {
    assumeTrue(Tty.missing().isEmpty(), () -> Tty.missing().orElse(""));
    try (Tty made = new Tty(80, 24, ctr().command(List.of("run", "-d", "-t", image, "tty", "/bin/sh")))) {
      assertEquals(0, made.exit(), made.all());
      until("it runs", () -> ctr().run("tasks", "ls").out().contains("RUNNING"));
      try (Tty tty = new Tty(101, 31, attach("tty"))) {
        tty.type("stty size; id -u\r").until("31 101\r\n").until("0\r\n");
        tty.resize(120, 40).type("while [ \"$(stty size)\" != '40 120' ]; do usleep 50000; done; echo resized\r").until("\nresized");
        tty.type("sh -c 'echo waiting; exec sleep 1000'\r").until("\nwaiting").type("\u0003").until("# ").type("echo code $?\r")
            .until("\ncode 130");
        tty.hangUp();
      }
      until("nothing of it is held", () -> held().isEmpty());
      assertTrue(status("tty").contains("running"), "a window that is closed leaves it: " + status("tty"));
      try (Tty tty = new Tty(100, 30, attach("tty"))) {
        tty.type("echo back\r").until("\nback").type("exit 4\r");
        assertEquals(4, tty.exit(), tty.all());
      }
      ctr().ok("tasks", "rm", "tty");
      ctr().ok("containers", "rm", "tty");
    }
  }

  /** Signals are the container's, but for those that say that the user goes. */
  @Test
  void signalsArePassedOnOrLeaveItAsItIs() throws Exception {
    String script = "trap 'echo int' INT; trap 'echo term; exit 7' TERM; trap 'echo hup' HUP; while true; do echo tick; usleep 20000; done";
    manager.ok("-n", namespace(), "ctr:run", "-d", "--id", "signals", image, "/bin/sh", "-c", script);
    try (Running first = client("signals")) {
      signal(first.until("tick"), "INT");
      first.until("int");
      signal(first, "HUP");
      Answer a = first.end();
      assertEquals(129, a.code(), a.both());
    }
    assertTrue(status("signals").contains("running"), status("signals"));
    try (Running second = client("signals")) {
      signal(second.until("tick"), "INT");
      second.until("int");
      signal(second, "TERM");
      Answer a = second.end();
      assertEquals(7, a.code(), a.both());
      assertTrue(a.out().endsWith("term\n") && !a.out().contains("hup"), a.out());
    }
    manager.ok("-n", namespace(), "ctr:delete", "signals");
  }

  /** As behind head. */
  @Test
  void whereNobodyReadsTheClientGoes() throws Exception {
    manager.ok("-n", namespace(), "ctr:run", "-d", "--id", "unread", image, "/bin/sh", "-c",
        "while true; do echo tick; usleep 20000; done");
    Process client = new ProcessBuilder(attach("unread")).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertEquals("tick\n", new String(client.getInputStream().readNBytes(5), StandardCharsets.UTF_8));
    client.getInputStream().close();
    assertTrue(client.waitFor(20, TimeUnit.SECONDS));
    assertEquals(141, client.exitValue());
    assertTrue(status("unread").contains("running"), status("unread"));
    manager.ok("-n", namespace(), "ctr:delete", "-f", "unread");
  }

  @Test
  void whatAProgramGetsIsItsAlone() throws Exception {
    Path logger = Files.writeString(dir.resolve("logger"), "#!/bin/sh\nexec 5>&-\ncat <&3 >/dev/null &\ncat <&4 >/dev/null &\nwait\n");
    assertTrue(logger.toFile().setExecutable(true));
    ctr().ok("run", "-d", "--log-uri", "binary://" + logger, image, "program", "/bin/sleep", "1000");
    Answer a = manager.run("-n", namespace(), "ctr:attach", "program");
    assertEquals(new Answer(125, "", namespace() + "/program passes its stdout on to a program, binary://" + logger + ", which alone has"
        + " it; see what that keeps\n"), a);
    assertTrue(status("program").contains("running"), status("program"));
    ctr().ok("tasks", "rm", "-f", "program");
    ctr().ok("containers", "rm", "program");
  }

  private static void signal(Running client, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(client.process().pid())).start().waitFor();
  }
}
