package io.gantry.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.cli.Cli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A command that has its user change a file, and the real client that starts the user's editor. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EditTest {
  @TempDir Path folder;
  private final ThreadIOImpl threads = new ThreadIOImpl();
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private ShellServer server;
  private Path file;

  @BeforeEach
  void start() throws IOException {
    threads.start();
    var processor = new CommandProcessorImpl(threads);
    processor.addCommand("t", (Function) this::change, "change");
    server = new ShellServer(folder, folder.resolve("history"), processor, threads, Duration.ZERO, false);
    file = Files.writeString(folder.resolve("a file"), "old\n");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    for (Thread t : Thread.getAllStackTraces().keySet()) {
      if (t.getName().equals("shell-command")) assertTrue(t.join(Duration.ofMinutes(1)), "a session does not end");
    }
    threads.stop();
  }

  @SuppressWarnings("unchecked")
  private Object change(CommandSession session, List<Object> words) {
    String why = session.get(".gantry.edit") instanceof UnaryOperator<?> e ? ((UnaryOperator<String>) e).apply(file.toString()) : "none";
    answers.add(why + (Thread.interrupted() ? " (interrupted)" : ""));
    session.getConsole().println(why.isEmpty() ? "changed" : why);
    return null;
  }

  private Process client(Map<String, String> environment) throws IOException {
    var builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
        Path.of(Cli.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString(), Cli.class.getName(),
        folder.resolve("shell.sock").toString(), "0", "100", "30", "dumb", "t:change").redirectErrorStream(true);
    for (String name : List.of("VISUAL", "EDITOR")) builder.environment().remove(name);
    builder.environment().putAll(environment);
    return builder.start();
  }

  private String says(Map<String, String> environment) throws Exception {
    Process p = client(environment);
    p.getOutputStream().close();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor());
    return said.strip();
  }

  @Test
  void wordsAreRunAsTheyAre() throws Exception {
    assertEquals("changed", says(Map.of("EDITOR", "sed -i s/old/new/;y/e/E/")));
    assertEquals("nEw\n", Files.readString(file));
    assertEquals("changed", says(Map.of("EDITOR", "false", "VISUAL", "sed -i s/n/$HOME/")));
    assertEquals("$HOMEEw\n", Files.readString(file));
    assertEquals("the editor 'false' ended with exit code 1", says(Map.of("EDITOR", "false", "VISUAL", "")));
    assertEquals("there is no terminal for vi; set VISUAL or EDITOR to a program that needs none", says(Map.of()));
    assertTrue(says(Map.of("EDITOR", "no-such-editor")).startsWith("the editor 'no-such-editor' could not be started ("));
  }

  @Test
  void aClientThatIsKilledEndsTheWaiting() throws Exception {
    Process p = client(Map.of("EDITOR", "tail -f"));
    while (p.descendants().noneMatch(d -> d.info().command().orElse("").endsWith("tail"))) TimeUnit.MILLISECONDS.sleep(20);
    List<ProcessHandle> editors = p.descendants().toList();
    p.destroyForcibly().waitFor();
    editors.forEach(ProcessHandle::destroyForcibly);
    assertEquals("waiting for the editor was interrupted (interrupted)", answers.poll(30, TimeUnit.SECONDS));
  }

  @Test
  void inASessionOfLinesThereIsNone() throws Exception {
    try (RawClient lines = new RawClient(folder.resolve("shell.sock"))) {
      lines.ask().until("gantry> ").type("t:change\r").until("none");
    }
  }
}
