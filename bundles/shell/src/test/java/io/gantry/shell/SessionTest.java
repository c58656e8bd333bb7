package io.gantry.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Gogo behind a real socket, asked by the real client in a JVM of its own or frame by frame. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionTest {
  @TempDir Path folder;
  private final Verbs verbs = new Verbs();
  private final ThreadIOImpl threads = new ThreadIOImpl();
  private CommandProcessorImpl processor;
  private ShellServer server;
  private Path socket;

  @BeforeEach
  void start() throws IOException {
    threads.start();
    processor = new CommandProcessorImpl(threads);
    for (String name : List.of("args", "code", "size", "missing", "linkage", "copy", "wait", "follow", "told", "deaf", "pour", "flood")) {
      processor.addCommand("t", verbs.of(name), name);
    }
    for (String name : List.of("echo", "grep", "head", "sort", "tail", "wc")) processor.addCommand("posix", Filters.of(name), name);
    processor.addCommand("t", (Function) (session, words) -> {
      for (String line : List.of("b 1", "a 2", "c 3", "b 4")) org.apache.felix.service.command.Process.Utils.current().out().println(line);
      return null;
    }, "lines");
    server = new ShellServer(folder, folder.resolve("history"), processor, threads, Duration.ZERO, false);
    socket = folder.resolve("shell.sock");
  }

  @AfterEach
  void stop() throws IOException, InterruptedException {
    server.close();
    for (Thread t : Thread.getAllStackTraces().keySet()) {
      if (!t.getName().equals("shell-command")) continue;
      // it sets System.out once more
      assertTrue(t.join(Duration.ofMinutes(1)), () -> "a session does not end: " + List.of(t.getStackTrace()));
    }
    threads.stop();
  }

  private record Answer(int code, String out, String err) {}

  /** With the signals of a terminal: who runs the tests may ignore some, as nohup and shells do, and then a JVM takes no handler. */
  private List<String> command(String... words) {
    var command = new ArrayList<>(List.of("env", "--default-signal", Path.of(System.getProperty("java.home"), "bin", "java")
        .toString(), "-XX:TieredStopAtLevel=1",
        "-cp",
        Path.of(Cli.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString(), Cli.class.getName(), socket.toString(),
        "0", "100", "30", "dumb"));
    command.addAll(List.of(words));
    return command;
  }

  private Process client(String... words) throws IOException {
    return new ProcessBuilder(command(words)).start();
  }

  private Answer ask(String input, String... words) throws Exception {
    Process p = client(words);
    Thread.ofVirtual().start(() -> type(input, p.getOutputStream())); // beside the reading, or both ends wait with full pipes
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(code(p), out, err);
  }

  private static int code(Process p) throws InterruptedException {
    if (p.waitFor(60, TimeUnit.SECONDS)) return p.exitValue();
    String what = p.info().commandLine().orElse("a process");
    p.destroyForcibly();
    throw new AssertionError("it does not end: " + what);
  }

  private static void type(String input, OutputStream to) {
    try (to) {
      to.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      assertEquals("Broken pipe", e.getMessage(), "a command need not read all");
    }
  }

  @Test
  void argumentsAreNeverParsedAgain() throws Exception {
    String[] words = {"t:args", "a b", "$x", "'", "\"", "{", "(", "|", "", "#", "ü", "~", "*", "&", ";exit"};
    assertEquals(new Answer(0, List.of(words).subList(1, words.length) + "\n", ""), ask("", words));
  }

  /** The JVM's words cannot carry bytes that are no text, and must not change them unsaid. */
  @Test
  void anArgumentThatIsNoTextIsRefused() throws Exception {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" \"$(printf '\\377')\"", "sh"));
    command.addAll(command("t:args"));
    Process p = new ProcessBuilder(command).start();
    assertEquals(1, code(p));
    assertEquals("gantry: an argument is not UTF-8; a command takes text, and bytes through its standard input\n",
        new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(new Answer(0, "[\uFFFD]\n", ""), ask("", "t:args", "\uFFFD"));
  }

  @Test
  void exitCodesArePassedOn() throws Exception {
    assertEquals(new Answer(42, "", ""), ask("", "t:code", "42"));
    assertEquals(new Answer(1, "", "image redis is not here; pull it\n"), ask("", "t:missing"));
    assertEquals(new Answer(1, "", "there is no command 't:none'; 'help' lists them\n"), ask("", "t:none"));
    assertEquals(new Answer(1, "", "NoClassDefFoundError: io/gantry/commands/Gone\n"), ask("", "t:linkage"));
  }

  /** As when a component goes at this moment: Gogo has its name, and the service gives null. */
  @Test
  void aCommandWithoutItsServiceIsWaitedForAndThenTold() throws Exception {
    var there = new java.util.concurrent.atomic.AtomicInteger(Integer.MAX_VALUE);
    processor.addCommand("t", Away.command(() -> there.getAndDecrement() <= 0 ? verbs.of("code") : null), "away");
    assertEquals(new Answer(1, "", "command 't:away' is not there at the moment; try again\n"), ask("", "t:away", "5"));
    there.set(3);
    assertEquals(new Answer(5, "", ""), ask("", "t:away", "5"));
  }

  @Test
  void inputIsStreamedWhereItIsRead() throws Exception {
    String text = "one line\n".repeat(100_000);
    assertEquals(new Answer(0, text, ""), ask(text, "t:copy"));
    assertEquals(new Answer(0, "100x30\n", ""), ask(text, "t:size"));
  }

  @Test
  void ctrlCInterruptsTheCommandAndTheCodeArrives() throws Exception {
    Process p = client("t:wait");
    verbs.waiting.await();
    signal("INT", p);
    assertEquals(OneShot.INTERRUPTED, code(p));
    assertEquals("t:wait: interrupted\n", new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  /** As one that a container's process ignores: the manager heard it, and the client waits on. The kernel makes one of two at once. */
  @Test
  void asManySignalsAsOneLikesReachACommandThatGoesOn() throws Exception {
    Process p = client("t:deaf");
    assertEquals("waiting\n", new String(p.getInputStream().readNBytes(8), StandardCharsets.UTF_8));
    for (int i = 0; i < 4; i++) {
      signal("TERM", p);
      assertEquals('.', p.getInputStream().read(), "the client left its command");
    }
    signal("TERM", p);
    assertEquals(77, code(p));
  }

  @Test
  void aSignalIsToldToTheCommandOrInterruptsIt() throws Exception {
    Process p = client("t:wait");
    verbs.waiting.await();
    signal("TERM", p);
    assertEquals(128 + 15, code(p));
    assertEquals("t:wait: interrupted\n", new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    for (String name : List.of("TERM", "HUP")) {
      Process told = client("t:told");
      assertEquals('w', told.getInputStream().read());
      signal(name, told);
      assertEquals(name.equals("TERM") ? 15 : 1, code(told), "the number it was told");
    }
  }

  /** As behind head: no manager is missed, and its command ends. */
  @Test
  void whoseOutputNobodyReadsEndsQuietly() throws Exception {
    Process p = client("t:flood");
    p.getInputStream().read();
    p.getInputStream().close();
    assertEquals(128 + 13, code(p));
    assertEquals("", new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    assertTrue(verbs.interrupted.tryAcquire(30, TimeUnit.SECONDS), "the command goes on");
  }

  /** A short answer: the manager hung up, before it could be told that nobody reads. */
  @Test
  void aManagerThatHearsNoMoreHasStillAnswered() throws Exception {
    socket = folder.resolve("deaf.sock");
    for (int left : List.of(11, 15, 20)) { // bytes: an output alone, with half an exit code, with all of it
      try (ServerSocketChannel deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        deaf.bind(UnixDomainSocketAddress.of(socket));
        Process p = client("t:args");
        p.getInputStream().close();
        try (SocketChannel asked = deaf.accept()) {
          asked.read(ByteBuffer.allocate(1000));
          asked.shutdownInput();
          asked.write(ByteBuffer.allocate(20).put((byte) '1').putInt(6).put("a word".getBytes(StandardCharsets.UTF_8)).put((byte) 'X')
              .putInt(4).putInt(0).rewind().limit(left));
        }
        assertEquals("", new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(128 + 13, code(p));
      } finally {
        Files.delete(socket);
      }
    }
  }

  /** A container takes a moment, and whoever waits for the client finds it gone. */
  @Test
  void theClientWaitsForACommandThatIsToldThatNobodyReads() throws Exception {
    Process p = client("t:pour");
    p.getInputStream().read();
    p.getInputStream().close();
    assertEquals(13, verbs.heard.poll(30, TimeUnit.SECONDS));
    assertFalse(p.waitFor(500, TimeUnit.MILLISECONDS), "it left its command");
    verbs.ended.countDown();
    assertEquals(128 + 13, code(p));
    assertEquals("", new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  @Test
  void aKilledClientIsASighupToACommandThatIsTold() throws Exception {
    Process p = client("t:told");
    assertEquals('w', p.getInputStream().read());
    code(p.destroyForcibly());
    assertEquals(1, verbs.heard.poll(30, TimeUnit.SECONDS));
  }

  @Test
  void theClientOfASessionEndsByItself() throws Exception {
    Process p = client();
    String seen = "";
    while (!seen.contains("gantry> ")) seen += (char) p.getInputStream().read();
    signal("TERM", p);
    assertEquals(128 + 15, code(p));
  }

  /** A socket that takes the connection and never answers. */
  @Test
  void aManagerThatHangsKeepsNobody() throws Exception {
    socket = folder.resolve("hangs.sock");
    try (ServerSocketChannel hangs = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      hangs.bind(UnixDomainSocketAddress.of(socket));
      Process p = client("t:wait");
      try (SocketChannel asked = hangs.accept()) {
        var from = new java.io.DataInputStream(Channels.newInputStream(asked));
        assertEquals('A', Frame.read(from).type());
        for (int i = 0; i < 2; i++) {
          signal("INT", p);
          assertEquals('C', Frame.read(from).type()); // else the kernel may make one of two
          assertFalse(p.waitFor(500, TimeUnit.MILLISECONDS), "it waits for the command's end");
        }
        signal("INT", p);
        assertEquals(130, code(p));
        String said = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(said.contains("does not hear the third signal"), said);
      }
    }
  }

  @Test
  void ctrlCDuringOutputDoesNotCutTheConnection() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (RawClient c = new RawClient(socket).ask("t:flood").until("again").send('C', new byte[0])) {
        assertEquals(OneShot.INTERRUPTED, c.exit());
      }
    }
  }

  @Test
  void ctrlCReachesACommandWhoseClientDoesNotRead() throws Exception {
    try (RawClient c = new RawClient(socket).ask("t:flood").until("again")) {
      untilTheCommandWaitsForItsClient();
      c.send('C', new byte[0]);
      assertTrue(verbs.interrupted.tryAcquire(30, TimeUnit.SECONDS));
      assertEquals(OneShot.INTERRUPTED, c.exit());
    }
  }

  /** Also where it waits for a moment only while the buffers between fill up: in ten looks, it does not go on. */
  static void untilTheCommandWaitsForItsClient() throws InterruptedException {
    for (int waits = 0; waits < 10; Thread.sleep(10)) {
      waits = Thread.getAllStackTraces().entrySet().stream().anyMatch(e -> e.getKey().getName().equals("shell-command") && Stream.of(e
          .getValue()).anyMatch(f -> f.getClassName().equals(Outbox.class.getName()) && f.getMethodName().equals("put"))
          && e.getKey().getState() == Thread.State.WAITING) ? waits + 1 : 0;
    }
  }

  @Test
  void aKilledClientEndsItsCommand() throws Exception {
    Process p = client("t:wait");
    verbs.waiting.await();
    code(p.destroyForcibly());
    assertTrue(verbs.interrupted.tryAcquire(30, TimeUnit.SECONDS));
    Process flood = client("t:flood");
    flood.getInputStream().read();
    code(flood.destroyForcibly());
    assertTrue(verbs.interrupted.tryAcquire(30, TimeUnit.SECONDS));
  }

  @Test
  void aSessionIsAboutTheNamespaceThatItsUserSays() throws Exception {
    var asked = new java.util.concurrent.LinkedBlockingQueue<String>();
    server.completions = (scope, words) -> {
      asked.add(scope.namespace() + " " + words.getLast());
      return List.of();
    };
    try (RawClient c = new RawClient(socket).askOn("xterm").until("gantry> ").type("t:args o\t")) {
      assertEquals("default o", asked.poll(30, TimeUnit.SECONDS));
      c.type("\r").until("[o]").type("NAMESPACE=k8s.io\r");
      c.until("k8s.io gantry> ").type("t:args o\t");
      assertEquals("k8s.io o", asked.poll(30, TimeUnit.SECONDS));
      c.type("\r\u0004");
      assertEquals(0, c.exit());
    }
  }

  @Test
  void brokenClientsEndThemselvesAlone() throws Exception {
    try (RawClient c = new RawClient(socket).header('A', Integer.MAX_VALUE)) {
      ended(c);
    }
    try (RawClient c = new RawClient(socket).send('I', new byte[3])) {
      ended(c);
    }
    try (RawClient c = new RawClient(socket).send('A', new byte[] {1, 0, 0})) {
      ended(c);
    }
    for (byte[] none : List.of(new byte[0], new byte[] {0}, new byte[] {-1}, new byte[2])) {
      try (RawClient c = new RawClient(socket).ask("t:wait").until("waiting").send('S', none)) {
        assertEquals(OneShot.INTERRUPTED, c.exit());
      }
    }
    try (RawClient c = new RawClient(socket).ask("t:wait").until("waiting").send('?', new byte[0])) {
      assertEquals(OneShot.INTERRUPTED, c.exit());
    }
    assertEquals(new Answer(3, "", ""), ask("", "t:code", "3"));
  }

  @Test
  void anInteractiveSessionReadsLinesAndKeepsThem() throws Exception {
    try (RawClient c = new RawClient(socket).ask().until("gantry> ").type("t:args one 'two three'\r").until("[one, two three]")) {
      c.type("t:missing\r").until("pull it").type("t:wait\r").until("waiting").type("\u0003").until("interrupted");
      c.send('W', new byte[] {0, 0, 0, 120, 0, 0, 0, 40}).type("t:size\r").until("120x40").type("\u0004");
      assertEquals(0, c.exit());
    }
    String history = Files.readString(folder.resolve("history"));
    assertTrue(history.contains("t:args one 'two three'"), history);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("history"))));
  }

  @Test
  void arrowsAreKeysOnAnyTerminal() throws Exception {
    try (RawClient c = new RawClient(socket).ask().until("gantry> ").type("t:args one\r").until("[one]")) {
      c.type("\u001b[A\u001b[D2\r").until("[on2e]").type("\u0004");
      assertEquals(0, c.exit());
    }
  }

  @Test
  void ctrlCForgetsWhatWasTypedAhead() throws Exception {
    try (RawClient c = new RawClient(socket).ask().until("gantry> ")) {
      c.type("t:wait\r").until("waiting").type("t:missing\rt:args kept").type("\u0003").until("interrupted").until("gantry> ");
      c.type("t:args new\r").until("[new]").type("\u0004");
      assertEquals(0, c.exit());
      assertFalse(c.output().contains("pull it"), c.output());
    }
    assertFalse(Files.readString(folder.resolve("history")).contains("t:missing"));
  }

  @Test
  void aPipeEndsInAFilter() throws Exception {
    assertEquals("b 1\nb 4\n", line("t:lines | grep b"));
    assertEquals("2:a 2\n3:c 3\n", line("t:lines | grep -vn -i '^B'"));
    assertEquals("2\n", line("t:lines | grep -c b"));
    assertEquals("", line("t:lines | grep zzz"));
    assertEquals("b 1\n", line("t:lines | head -n 1"));
    assertEquals("c 3\nb 4\n", line("t:lines | tail -2"));
    assertEquals("c 3\nb 4\nb 1\na 2\n", line("t:lines | sort -r"));
    assertEquals("4\n", line("t:lines | wc -l"));
    assertEquals("a 2\n", line("t:lines | sort | head -n1"));
    for (String two : List.of("head -2", "head -n2", "head -n 2")) {
      assertEquals("b 1\na 2\n", line("t:lines | " + two), two);
    }
    for (String wrong : List.of("head 1 2", "tail 2", "head -1 2", "tail -n -n 2", "head -n", "head -", "tail -n 1 2")) {
      assertTrue(line("t:lines | " + wrong).contains("usage: … | " + wrong.substring(0, 4) + " [-n LINES]"), wrong);
    }
    assertTrue(line("t:lines | grep '['").contains("'[' is no regular expression"));
    assertTrue(line("t:lines | grep").contains("usage: … | grep [-i]"));
  }

  @Test
  void aFilterWithoutAPipeIsRefused() throws Exception {
    for (String line : List.of("grep foo", "wc", "sort > " + folder.resolve("never"), "echo one; head -n 1")) {
      assertTrue(line(line).matches("(?s)(one\\R)?\\w+ reads what a pipe brings; usage: … \\| \\w+ .*"), line);
    }
    assertEquals("1\n", line("t:lines | (grep a | wc)"));
    assertEquals("b 1\nb 4\n", line("t:lines | (grep b)"));
    assertEquals("three\n", line("grep th < " + Files.writeString(folder.resolve("lines"), "one\ntwo\nthree\n")));
    assertTrue(ask("a line\n", "posix:wc").err().contains("usage: … | wc"));
  }

  @Test
  void ctrlCInAPipeLeavesTheSessionAsItWas() throws Exception {
    try (RawClient c = new RawClient(socket).ask().until("gantry> ").type("kept = 'is kept'\r").until("gantry> ")) {
      int round = 0;
      for (String to : List.of("grep line", "head -n 1", "sort", "t:args", "grep line | wc")) {
        String told = "t:follow: interrupted".repeat(++round);
        String after = " variable is kept " + round;
        c.type("t:follow | " + to + "\r");
        assertTrue(verbs.followed.tryAcquire(30, TimeUnit.SECONDS));
        c.type("\u0003").until(told, o -> o.replaceAll("(?s).*?(t:follow: interrupted)|.*", "$1").equals(told));
        c.type("t:lines | grep b | wc; echo a variable $kept " + round + "\r").until("2\r\na" + after)
            .type("t:args plain " + round + "\r").until("[plain, " + round + "]");
      }
    }
  }

  @Test
  void aVariableThatIsNotSetIsNoWord() throws Exception {
    assertEquals("one two\n", line("echo one $nothing two"));
    assertEquals("\n", line("echo $nothing"));
    var out = new ByteArrayOutputStream();
    try (CommandSession session = processor.createSession(InputStream.nullInputStream(), out, out)) {
      Filters.of("echo").execute(session, Arrays.asList("one", null, Arrays.asList("two", null, "three")));
    }
    assertEquals("one two three\n", out.toString(StandardCharsets.UTF_8), "nor in a list that a command answered");
  }

  /** The manager has a folder of its own. */
  @Test
  void aPatternOfNamesIsMeantFromTheClientsFolder() throws Exception {
    Path file = Files.createTempFile(Path.of("/tmp"), "pattern", ".gantry");
    try {
      assertEquals(file.getFileName() + "\n", line("echo " + file.getFileName().toString().replace("pattern", "patt*") + " | head"));
    } finally {
      Files.delete(file);
    }
  }

  /** What a line of a session prints, between its own end and the next prompt. */
  private String line(String line) throws Exception {
    Pattern printed = Pattern.compile(Pattern.quote(line + "\n") + "(.*?)gantry> ", Pattern.DOTALL);
    try (RawClient c = new RawClient(socket).ask().until("gantry> ").type(line + "\r").until("the prompt after " + line,
        output -> printed.matcher(plain(output)).find())) {
      Matcher m = printed.matcher(plain(c.output()));
      assertTrue(m.find(), c.output());
      return m.group(1);
    }
  }

  private static String plain(String output) {
    return output.replace("\r", "").replaceAll("\\[\\?[0-9]+[hl]", "");
  }

  @Test
  void onlyItsOwnerOpensTheSocketAndItGoesAtTheEnd() throws Exception {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    server.close();
    assertTrue(Files.notExists(socket));
    Answer a = ask("", "t:code", "3");
    assertEquals(1, a.code());
    assertTrue(a.err().contains("no manager answers on " + socket), a.err());
  }

  private static void ended(RawClient c) {
    try {
      throw new AssertionError("answered with " + c.exit());
    } catch (IOException e) {
      assertEquals("", c.output());
    }
  }

  private static void signal(String name, Process p) throws Exception {
    assertEquals(0, code(new ProcessBuilder("kill", "-" + name, Long.toString(p.pid())).inheritIO().start()));
  }
}
