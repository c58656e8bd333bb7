package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code ctr:attach} by {@code --address}, to containers of Debian's {@code ctr}: a Gantry's, and Debian's containerd's. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FarAttachTest extends CtrWorld {
  /** Waits before it answers to {@code later}; ends with 5. */
  private static final String ECHO = "while read line; do if [ $line = later ]; then while [ ! -e /tmp/go ]; do usleep 20000; done; fi;"
      + " if [ $line = end ]; then exit 5; fi; echo got $line; done";
  private static List<FarClient> both;

  @BeforeAll
  static void pull() throws Exception {
    Comparison c = in("far-attach");
    c.pull(image);
    c.end();
    both = List.of(new FarClient(c.ours()), new FarClient(c.theirs()));
  }

  /** A client whose input is a pipe. */
  private static Running client(FarClient far, String... words) throws IOException {
    Path out = Files.createTempFile(far.side().folder(), "out", "");
    Path err = Files.createTempFile(far.side().folder(), "err", "");
    return new Running(new ProcessBuilder(far.command("ctr:attach", words)).redirectOutput(out.toFile()).redirectError(err.toFile())
        .start(),
        out, err);
  }

  private static void type(Running client, String text) throws IOException {
    client.process().getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    client.process().getOutputStream().flush();
  }

  private static void runs(FarClient far) throws Exception {
    until("it runs", () -> far.side().run("tasks", "ls").out().contains("RUNNING"));
  }

  private static void remove(FarClient far, String id) throws Exception {
    far.side().ok("tasks", "rm", id);
    far.side().ok("containers", "rm", id);
  }

  @Test
  void whoComesLaterGetsAllThatFollows() throws Exception {
    for (FarClient far : both) {
      try (Running run = Running.begin(far.side(), List.of("run", "-d", image, "of-ctr", "/bin/sh", "-c", ECHO))) {
        runs(far);
        try (Running first = client(far, "-i", "of-ctr")) {
          type(first, "one\n");
          first.until("got one\n");
          type(first, "later\n");
          new ProcessBuilder("kill", "-HUP", Long.toString(first.process().pid())).start().waitFor();
          assertEquals(new Answer(129, "got one\n", ""), first.end());
        }
        assertTrue(far.ok("ctr:list").contains("running"));
        far.ok("ctr:exec", "of-ctr", "touch", "/tmp/go"); // and it writes, while nobody reads
        try (Running second = client(far, "-i", "of-ctr")) {
          second.until("got later\n");
          type(second, "two\n");
          second.until("got two\n");
        } // killed with SIGKILL
        try (Running third = client(far, "-i", "of-ctr")) {
          type(third, "three\nend\n");
          assertEquals(new Answer(5, "got three\n", ""), third.end());
        }
        remove(far, "of-ctr");
      }
    }
  }

  @Test
  void aTerminalIsTheUsers() throws Exception {
    assumeTrue(Tty.missing().isEmpty(), () -> Tty.missing().orElse(""));
    for (FarClient far : both) {
      try (Tty made = new Tty(80, 24, far.side().command(List.of("run", "-d", "-t", image, "tty", "/bin/sh")))) {
        assertEquals(0, made.exit(), made.all());
        runs(far);
        try (Tty tty = new Tty(101, 31, far.command("ctr:attach", "tty"))) {
          tty.type("stty size; id -u\r").until("31 101\r\n").until("0\r\n");
          tty.resize(120, 40).type("while [ \"$(stty size)\" != '40 120' ]; do usleep 50000; done; echo resized\r").until("\nresized");
          tty.hangUp();
        }
        assertTrue(far.ok("ctr:list").contains("running"), "a window that is closed leaves it");
        try (Tty tty = new Tty(100, 30, far.command("ctr:attach", "tty"))) {
          tty.type("echo back\r").until("\nback").type("exit 4\r");
          assertEquals(4, tty.exit(), tty.all());
        }
        remove(far, "tty");
      }
    }
  }

  /** The end of a process is not waited for because somebody still writes to it. */
  @Test
  void inputThatIsNotReadHoldsNobody() throws Exception {
    Path input = Files.write(dir.resolve("input"), new byte[1 << 20]);
    FarClient ours = both.getFirst();
    String[] sleep = {"--rm", "-i", image, "sleep", "1"};
    var home = new ArrayList<>(manager.command("-n", ours.side().namespace(), "ctr:run"));
    home.addAll(List.of(sleep));
    for (List<String> command : List.of(home, ours.command("ctr:run", sleep), both.getLast().command("ctr:run", sleep))) {
      Process p = new ProcessBuilder(command).inheritIO().redirectInput(input.toFile()).start();
      try {
        assertTrue(p.waitFor(30, TimeUnit.SECONDS), command + " does not end");
        assertEquals(0, p.exitValue());
      } finally {
        p.destroyForcibly();
      }
    }
  }

  @Test
  void whatCannotBeJoinedIsTold() throws Exception {
    for (FarClient far : both) {
      assertEquals(125, far.run("ctr:attach", "none").code());
      far.ok("ctr:create", "--id", "made", image);
      assertEquals(new Answer(125, "", "container 'made' does not run (any more)\n"), far.run("ctr:attach", "made"));
      far.ok("ctr:delete", "made");
    }
  }
}
