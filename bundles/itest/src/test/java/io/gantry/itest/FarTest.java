package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shell's commands by {@code --address}, against a Gantry and against Debian's containerd. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FarTest extends CtrWorld {
  private static final String HELLO = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
  private static final String HANG_UP = "trap 'echo hup; exit 9' HUP; echo ready; while true; do usleep 20000; done";

  private static List<FarClient> both(String namespace) throws Exception {
    Comparison c = in(namespace);
    return List.of(new FarClient(c.ours()), new FarClient(c.theirs()));
  }

  private static void pull(String namespace) throws Exception {
    Comparison c = in(namespace);
    c.pull(image);
    c.end();
  }

  /** Both end rightly, and with the same output, once what no two runs have in common is told by its kind. */
  private static String same(List<FarClient> both, String input, String verb, String... words) throws Exception {
    return same(0, both, input, verb, words);
  }

  /** Both end with that code, and with the same output. */
  private static String same(int code, List<FarClient> both, String input, String verb, String... words) throws Exception {
    var said = new ArrayList<String>();
    var answers = new ArrayList<Future<Answer>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) { // the two have nothing in common
      for (FarClient far : both) answers.add(threads.submit(() -> far.typing(input, verb, words)));
    }
    for (int i = 0; i < both.size(); i++) {
      Answer a = answers.get(i).get();
      assertEquals(code, a.code(), verb + " " + String.join(" ", words) + " on " + both.get(i).side().socket() + ": " + a.both());
      said.add(Comparison.byKind(a.out(), both.get(i).side()));
    }
    assertEquals(said.get(1), said.get(0), verb + " " + String.join(" ", words));
    return said.getFirst();
  }

  /** Folders of clients, which have {@link #dir} for them, go with them, and so do their pipes. */
  @AfterEach
  void leavesNothing() throws Exception {
    if (manager != null) until("no client's folder is left", () -> folders().isEmpty());
  }

  private static List<Path> folders() throws Exception {
    try (Stream<Path> all = Files.list(dir)) {
      return all.filter(p -> p.getFileName().toString().startsWith("gantry-client-")).toList();
    }
  }

  @Test
  void records() throws Exception {
    List<FarClient> both = both("far-records");
    same(both, "hello\n", "dist:ingest", "-l", "containerd.io/gc.root=mine", "ref");
    assertTrue(same(both, "", "dist:list", "-q").contains(HELLO));
    assertEquals("hello\n", same(both, "", "dist:get", HELLO));
    same(both, "", "dist:label", HELLO, "a=b");
    same(both, "", "dist:delete", HELLO);
    same(1, both, "", "dist:get", HELLO);
    same(both, "", "namespace:create", "made", "k=v");
    for (FarClient far : both) assertTrue(far.ok("namespace:list").contains("made"));
    same(both, "", "namespace:remove", "made");
    same(both, "", "lease:create", "--id", "mine");
    assertTrue(same(both, "", "lease:list", "-q").contains("mine"));
    same(both, "", "snapshot:prepare", "work");
    same(both, "", "snapshot:commit", "sealed", "work");
    assertTrue(same(both, "", "snapshot:list", "-q").contains("sealed"));
    same(both, "", "snapshot:remove", "sealed");
    same(both, "", "lease:remove", "mine");
    assertEquals("", same(both, "", "snapshot:list", "-q"));
  }

  @Test
  void images() throws Exception {
    pull("far-images");
    List<FarClient> both = both("far-images");
    same(both, "", "dist:images", "--format", "json");
    same(both, "", "dist:inspect", image);
    same(both, "", "dist:check");
    same(both, "", "dist:tag", image, "example.com/other:2");
    List<Path> archives = new ArrayList<>();
    for (FarClient far : both) {
      archives.add(far.side().folder().resolve("far.tar"));
      far.ok("dist:export", archives.getLast().toString(), image);
    }
    assertEquals(-1, Files.mismatch(archives.get(0), archives.get(1)));
    same(both, "", "dist:rmi", image, "example.com/other:2");
    assertEquals("", same(both, "", "dist:images", "-q"));
    for (int i = 0; i < 2; i++) both.get(i).ok("dist:import", archives.get(i).toString());
    same(both, "", "dist:images", "--format", "json");
  }

  /** The manager itself fetches and sends; one that cannot be told to is said to be so. */
  @Test
  void pullsAndPushes() throws Exception {
    List<FarClient> both = both("far-pull");
    FarClient far = both.getFirst();
    String other = registry.host() + "/library/far:1";
    assertTrue(far.ok("dist:pull", image).contains(image + ": done"));
    far.ok("dist:push", "-q", image, other);
    far.ok("dist:rmi", image);
    far.ok("dist:pull", "-q", other);
    assertEquals(other, far.ok("dist:images", "-q"));
    assertEquals("hello", far.ok("ctr:run", "--rm", other));
    assertEquals(1, far.run("dist:pull", registry.host() + "/library/nosuch:1").code());
    Answer old = both.getLast().run("dist:pull", image);
    assertTrue(old.code() == 1 && old.err().startsWith("this manager has no transfer service (containerd before 1.7)"), old.both());
  }

  /** One manager, asked both ways. */
  @Test
  void theSameIsSaidAsByTheManagersOwnShell() throws Exception {
    pull("far-same");
    FarClient far = both("far-same").getFirst();
    String namespace = far.side().namespace();
    far.ok("ctr:run", "--id", "one", "-d", image, "sleep", "1000");
    far.ok("ctr:create", "--id", "two", image);
    for (List<String> words : List.of(List.of("dist:images"), List.of("dist:images", "--format", "json"), List.of("dist:inspect", image),
        List.of("dist:list"), List.of("snapshot:list"), List.of("snapshot:tree"), List.of("snapshot:list", "--format", "json", "-q"),
        List.of("ctr:list"), List.of("ctr:top", "one"), List.of("lease:list"), List.of("dist:get", HELLO),
        List.of("ctr:kill", "two"), List.of("dist:images", "--wrong"), List.of("ctr:run", "--id", "one", image))) {
      var local = new ArrayList<>(List.of(words.getFirst(), "-n", namespace));
      local.addAll(words.subList(1, words.size()));
      Answer here = manager.run(local.toArray(String[]::new));
      Answer there = far.run(words.getFirst(), words.subList(1, words.size()).toArray(String[]::new));
      assertEquals(told(here, far.side()), told(there, far.side()), String.join(" ", words));
    }
    far.ok("ctr:delete", "-f", "one", "two");
  }

  private static Answer told(Answer a, Ctr side) {
    String out = Comparison.byKind(a.out(), side).replaceAll("AGE +", "AGE  "); // a column is as wide as the longest age of that moment
    return new Answer(a.code(), out, Comparison.byKind(a.err(), side));
  }

  @Test
  void runs() throws Exception {
    pull("far-runs");
    List<FarClient> both = both("far-runs");
    assertEquals("hello\n", same(both, "", "ctr:run", "--rm", image));
    assertEquals("", same(3, both, "", "ctr:run", "--rm", image, "/bin/sh", "-c", "exit 3"));
    assertEquals("", same(127, both, "", "ctr:run", "--rm", image, "nosuch"));
    assertEquals("", same(126, both, "", "ctr:run", "--rm", image, "/etc"));
    assertEquals("typed\n", same(both, "typed\n", "ctr:run", "--rm", "-i", image, "cat"));
    assertEquals("uid=0(root) gid=0\n", same(both, "", "ctr:run", "--rm", "--user", "root", image, "id"));
    same(both, "", "ctr:run", "--id", "one", "-d", "--label", "a=b", image, "sleep", "1000");
    assertEquals("inside\n", same(both, "", "ctr:exec", "one", "echo", "inside"));
    assertEquals("x\n", same(4, both, "x\n", "ctr:exec", "-i", "one", "/bin/sh", "-c", "cat; exit 4"));
    assertEquals("", same(127, both, "", "ctr:exec", "one", "nosuch"));
    same(both, "", "ctr:pause", "one");
    for (FarClient far : both) assertTrue(far.ok("ctr:list").contains("paused"));
    same(both, "", "ctr:resume", "one");
    assertEquals("", both.getFirst().ok("ctr:logs", "one"));
    assertEquals("", same(1, both, "", "ctr:delete", "one"));
    same(both, "", "ctr:kill", "--signal", "KILL", "one");
    assertEquals("137\n", same(both, "", "ctr:wait", "one"));
    same(both, "", "ctr:list");
    same(both, "", "ctr:start", "one");
    for (FarClient far : both) assertTrue(far.ok("ctr:list").contains("running"));
    assertEquals("one\n", same(both, "", "ctr:delete", "-f", "one"));
    assertEquals("", same(both, "", "ctr:list", "-q"));
    assertEquals("", same(both, "", "lease:list", "-q"));
    for (FarClient far : both) {
      assertEquals(List.of(), far.ok("snapshot:list", "-q").lines().filter(key -> !key.startsWith("sha256:")).toList());
    }
  }

  /** Of one and the same container, by the feed that a client of its own follows meanwhile. */
  @Test
  void eventsComeInOrder() throws Exception {
    pull("far-events");
    for (FarClient far : both("far-events")) {
      Path out = Files.createTempFile(dir, "events", "");
      Process follow = new ProcessBuilder(far.command("events:follow", "topic~=^/tasks/")).redirectOutput(out.toFile()).start();
      try {
        far.ok("namespace:label", far.side().namespace(), "seen=0"); // the feed begins with its client
        until("the feed is there", () -> {
          far.ok("ctr:run", "--rm", "--id", "probe", image);
          return Files.readString(out).contains("/tasks/delete");
        });
        far.ok("ctr:run", "--rm", "--id", "told", image);
        until("all is told", () -> topics(out, "told").contains("/tasks/delete"));
      } finally {
        follow.destroy();
        assertTrue(follow.waitFor(30, TimeUnit.SECONDS));
      }
      assertEquals(List.of("/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"), topics(out, "told"));
    }
  }

  private static List<String> topics(Path lines, String container) throws Exception {
    return Files.readString(lines).lines().filter(l -> l.contains("\"" + container + "\"") || l.contains("=" + container))
        .map(l -> l.replaceFirst("^.*?(/tasks/\\w+).*$", "$1")).toList();
  }

  @Test
  void aTerminalIsTheUsers() throws Exception {
    assumeTrue(Tty.missing().isEmpty(), Tty.missing().orElse(""));
    pull("far-tty");
    for (FarClient far : both("far-tty")) {
      try (Tty tty = new Tty(101, 31, far.command("ctr:run", "-t", "--rm", image, "sh"))) {
        tty.until("# ").type("stty size; echo tty $?\r").until("31 101").until("# ");
        tty.resize(120, 40).type("while [ \"$(stty size)\" != '40 120' ]; do usleep 50000; done; echo resized\r").until("\nresized");
        tty.until("# ").type("sh -c 'echo waiting; exec sleep 1000'\r").until("\nwaiting").type("\u0003").until("# ").type(
            "echo code $?\r").until("\ncode 130");
        tty.until("# ").type("exit 3\r");
        assertEquals(3, tty.exit());
      }
      assertEquals("", far.ok("ctr:list", "-q"));
    }
  }

  @Test
  void aShellIsThereForManyLines() throws Exception {
    assumeTrue(Tty.missing().isEmpty(), Tty.missing().orElse(""));
    for (FarClient far : both("far-shell")) {
      List<String> command = far.session();
      try (Tty tty = new Tty(100, 30, command)) {
        tty.until("gantry> ").type("NAMESPACE=" + far.side().namespace() + "\r").until(far.side().namespace() + " gantry> ");
        tty.type("lease:create --id made\r").until("--id made").until("made").until("gantry> ");
        tty.type("lease:rem\tma\t\r").until("lease:remove made").until("made").until("gantry> ");
        tty.type("dist:login x\r").until("dist:login works only on the manager itself, not by --address").until("gantry> ").type("\u0004");
        assertEquals(0, tty.exit());
      }
    }
  }

  /** Signals reach the command, also where the client is told twice; a client that is killed leaves the process alone. */
  @Test
  void signalsReachTheCommand() throws Exception {
    pull("far-signals");
    for (FarClient far : both("far-signals")) {
      Path out = Files.createTempFile(dir, "signals", "");
      Process client = new ProcessBuilder(far.command("ctr:run", "--id", "hup", image, "/bin/sh", "-c", HANG_UP))
          .redirectOutput(out.toFile())
          .start();
      until("it runs", () -> Files.readString(out).contains("ready"));
      new ProcessBuilder("kill", "-HUP", Long.toString(client.pid())).start().waitFor();
      assertTrue(client.waitFor(20, TimeUnit.SECONDS));
      assertEquals(9, client.exitValue());
      assertEquals("ready\nhup\n", Files.readString(out));
      far.ok("ctr:delete", "hup");
      killed(far);
    }
  }

  private static void killed(FarClient far) throws Exception {
    Path out = Files.createTempFile(dir, "killed", "");
    Process client = new ProcessBuilder(far.command("ctr:run", "--id", "on", image, "/bin/sh", "-c", "echo ready; sleep 1000"))
        .redirectOutput(out
        .toFile()).start();
    until("it runs", () -> Files.readString(out).contains("ready"));
    List<Path> left = folders();
    assertEquals(1, left.size());
    try (Stream<Path> pipes = Files.walk(left.getFirst())) {
      assertEquals(List.of(), pipes.filter(p -> p.getFileName().toString().startsWith("gantry-fifo-")).toList()); // names are gone by now
    }
    client.destroyForcibly().waitFor();
    assertTrue(Files.exists(left.getFirst()));
    assertTrue(far.ok("ctr:list").contains("running"));
    assertFalse(Files.exists(left.getFirst())); // that client took it away
    far.ok("ctr:delete", "-f", "on");
  }

  /** The process goes on beneath a manager that is killed, and so does its client. */
  @Test
  void aManagerIsKilledBeneathAnAttachedClient() throws Exception {
    pull("far-kill");
    List<FarClient> both = both("far-kill");
    for (FarClient far : both) {
      Path out = Files.createTempFile(dir, "beneath", "");
      Process client = new ProcessBuilder(far.command("ctr:run", "--rm", "--id", "beneath", "-i", image, "/bin/sh", "-c",
          "echo ready; read line; echo got $line; exit 6")).redirectOutput(out.toFile()).start();
      until("it runs", () -> Files.readString(out).contains("ready"));
      if (far == both.getFirst()) {
        manager.kill();
        manager.ok("start");
      } else {
        containerd.restart();
      }
      client.getOutputStream().write("something\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      client.getOutputStream().flush();
      assertTrue(client.waitFor(30, TimeUnit.SECONDS));
      assertEquals("ready\ngot something\n", Files.readString(out));
      assertEquals(6, client.exitValue());
      assertEquals("", far.ok("ctr:list", "-q"));
    }
  }

  @Test
  void whatCannotBeDoneFromAfarIsSaid() throws Exception {
    FarClient far = both("far-help").getFirst();
    Answer login = far.run("dist:login", "example.com");
    assertEquals(new Answer(1, "", "dist:login works only on the manager itself, not by --address\n"), login);
    assertEquals(new Answer(1, "", "there is no command 'no:such'; 'help' lists them\n"), far.run("no:such"));
    String help = far.ok("gantry:help");
    assertTrue(help.contains("dist:images") && help.contains("ctr:exec"), help);
    assertFalse(help.contains("dist:login") || help.contains("driver:list") || help.contains("snapshot:mount"), help);
    for (String word : List.of("start", "stop", "status", "train")) {
      Answer a = FarClient.ask("--address", "unix:///x", word);
      assertEquals(1, a.code());
      assertTrue(a.err().startsWith("gantry: " + word + ": takes no --address"), a.err());
    }
    assertTrue(FarClient.ask("--address", "unix:///x").err().contains("needs a command"));
  }

  @Test
  void aWrongAddressIsOneLine() throws Exception {
    Path silent = dir.resolve("silent.sock");
    assertEquals(new Answer(1, "", "gantry: nobody can be asked at unix://" + silent + ": No such file or directory; is a manager running"
        + " there?\n"), FarClient.ask("--address", "unix://" + silent, "dist:images"));
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(silent));
      assertEquals(new Answer(1, "", "gantry: unix://" + silent + " takes connections, but did not answer in 3 s; is it a manager's?\n"),
          FarClient.ask("--address", "unix://" + silent, "dist:images"));
    }
    Answer tcp = FarClient.ask("--address", "tcp://127.0.0.1:1", "dist:images");
    assertTrue(tcp.code() == 1 && tcp.err().contains("needs --tls-cert, --tls-key and --tls-ca"), tcp.both());
  }
}
