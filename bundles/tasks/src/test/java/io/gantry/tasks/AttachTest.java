package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.TerminalSize;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.RunRequest;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who comes later to a process that runs, over all the real parts. */
class AttachTest {
  private static final ProcessRef C = ProcessRef.first("c");
  private static final String ECHO = "while read line; do echo got $line; done; echo end >&2; exit 3";
  @TempDir Path root;
  private Host host;
  private Client client;

  @BeforeEach
  void open() throws IOException {
    Host.require();
    host = new Host(root);
    client = new Client(root.resolve("client"));
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }

  /** A task as ctr makes it, whose client is gone. */
  private Stdio started(boolean terminal, String script) throws IOException {
    var stdio = new Stdio(client.fifo("in").toString(), client.fifo("out").toString(), terminal ? "" : client.fifo("err").toString(),
        terminal);
    try (FileChannel out = held(stdio.stdout()); FileChannel err = terminal ? null : held(stdio.stderr())) { // as its client did
      client.create(host, "c", stdio, "/bin/sh", "-c", script);
      host.tasks.start(SCOPE, C);
    }
    return stdio;
  }

  private static FileChannel held(String fifo) throws IOException {
    return FileChannel.open(Path.of(fifo), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static void write(Attached to, String text) throws IOException {
    to.stdin().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static BufferedReader reader(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @Test
  void readsAndWritesTheFifosOfAClient() throws Exception {
    started(false, "echo before; " + ECHO);
    try (Attached attached = host.tasks.attach(SCOPE, "c")) {
      BufferedReader out = reader(attached.stdout());
      assertEquals("before", out.readLine());
      write(attached, "one\n");
      assertEquals("got one", out.readLine());
      attached.resize(80, 24); // it has no terminal
      attached.stdin().close();
      assertEquals("end\n", Host.text(attached.stderr()));
      assertEquals(null, out.readLine());
      assertEquals(3, attached.await().code());
    }
    host.tasks.delete(SCOPE, C);
  }

  @Test
  void aTerminalIsResizedAndPassesKeysOn() throws Exception {
    started(true, "while read line; do stty size; done");
    try (Attached attached = host.tasks.attach(SCOPE, "c")) {
      attached.resize(77, 33);
      write(attached, "size\n");
      BufferedReader out = reader(attached.stdout());
      assertEquals(List.of("size", "33 77"), List.of(out.readLine(), out.readLine()));
      attached.stdin().close(); // of a terminal that is not the end of its input
      assertEquals("", Host.text(attached.stderr()));
    }
    assertEquals(Status.RUNNING, host.status("c"));
    try (Attached again = host.tasks.attach(SCOPE, "c")) {
      again.signal(9);
      assertEquals(137, again.await().code());
    }
    host.tasks.delete(SCOPE, C);
  }

  /** Descriptors and threads of this manager that are about pipes of the client. */
  private List<String> held() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      List<String> held = new ArrayList<>(all.map(p -> {
        try {
          return Files.readSymbolicLink(p).toString();
        } catch (IOException gone) {
          return "";
        }
      }).filter(p -> p.contains(client.root.toString())).toList());
      Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(n -> n.startsWith("fifo-")).forEach(held::add);
      return held;
    }
  }

  @Test
  void whoLeavesLeavesAllAsItWas() throws Exception {
    Stdio stdio = started(false, "i=0; while true; do i=$((i+1)); echo line $i; done");
    String last;
    try (Attached attached = host.tasks.attach(SCOPE, "c")) {
      BufferedReader out = reader(attached.stdout());
      attached.stdin();
      for (int i = 0; i < 100_000; i++) out.readLine();
      last = out.readLine();
      assertTrue(held().size() >= 5, held().toString());
    }
    Host.await(this::held, List::isEmpty); // while the container still writes, and waits
    assertEquals(Status.RUNNING, host.status("c"));
    for (String fifo : List.of(stdio.stdin(), stdio.stdout(), stdio.stderr())) assertTrue(Files.exists(Path.of(fifo)), fifo);
    try (Attached again = host.tasks.attach(SCOPE, "c")) {
      BufferedReader out = reader(again.stdout());
      out.readLine(); // in the midst of one
      long next = Long.parseLong(out.readLine().substring("line ".length()));
      long lost = next - Long.parseLong(last.substring("line ".length()));
      assertTrue(lost > 0 && lost < 2000, lost + " lines are lost: more than what the first's own buffers of 16 KiB hold");
    }
    host.tasks.kill(SCOPE, C, 9);
    assertEquals(137, host.tasks.await(SCOPE, C).code());
    host.tasks.delete(SCOPE, C);
  }

  @Test
  void aDetachedOneIsShownFromNowOnAndHasNoInput() throws Exception {
    host.tasks.run(SCOPE, Host.script("c", "echo before; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo after; echo err >&2; exit 4"));
    Host.await(() -> host.log("c"), "before\n"::equals);
    try (Attached attached = host.tasks.attach(SCOPE, "c")) {
      var e = assertThrows(UnsupportedException.class, attached::stdin);
      assertTrue(e.getMessage().endsWith("has no standard input that could be written: it was made without"), e.getMessage());
      Host.outcome(host.tasks.exec(SCOPE, Host.exec("c", "", "true > /tmp/go")));
      List<Object> outcome = Host.outcome(attached);
      assertEquals(List.of(4, ""), List.of(outcome.get(0), outcome.get(2)));
      assertEquals(List.of("after", "err"), ((String) outcome.get(1)).lines().sorted().toList());
    }
  }

  private static RunRequest terminal(String id, String script) {
    return new RunRequest(id, Host.IMAGE, List.of("/bin/sh", "-c", script), List.of(), "", "", List.of(), false, true, true, "", "",
        Map.of(),
        false, Optional.of(new TerminalSize(80, 24)));
  }

  /** One that was attached when it was made, whether its client is still there or not, and under another manager. */
  @Test
  void oneOfOursIsShownToAll() throws Exception {
    try (Attached first = host.tasks.runAttached(SCOPE, terminal("c", "while read line; do echo got $line; done"))) {
      Stdio told = host.tasks.get(SCOPE, C).stdio();
      assertTrue(told.stdout().startsWith("file:///"), told + ": who read this manager's own pipe would take what first is to get");
      BufferedReader own = reader(first.stdout());
      try (Attached second = host.tasks.attach(SCOPE, "c"); Attached third = host.tasks.attach(SCOPE, "c")) {
        write(second, "two\n");
        for (BufferedReader r : List.of(own, reader(second.stdout()), reader(third.stdout()))) {
          assertEquals(List.of("two", "got two"), List.of(r.readLine(), r.readLine()));
        }
      }
      write(first, "one\n");
      assertEquals(List.of("one", "got one"), List.of(own.readLine(), own.readLine()));
    }
    try (Attached late = host.tasks.attach(SCOPE, "c")) {
      write(late, "three\n");
      assertEquals("three", reader(late.stdout()).readLine());
    }
    host.close();
    host = new Host(root);
    try (Attached late = host.tasks.attach(SCOPE, "c")) {
      write(late, "four\n");
      BufferedReader out = reader(late.stdout());
      for (String line = out.readLine(); !line.equals("got four"); line = out.readLine()) assertTrue(line.length() < 20, line);
    }
  }

  @Test
  void whatCannotBeReadOrWrittenIsTold() throws Exception {
    assertThrows(NotFoundException.class, () -> host.tasks.attach(SCOPE, "never"));
    Stdio stdio = started(false, "cat; while [ ! -e /tmp/go ]; do sleep 0.02; done");
    host.tasks.closeInput(SCOPE, C);
    try (Attached attached = host.tasks.attach(SCOPE, "c")) {
      Host.await(() -> assertThrows(IOException.class, () -> {
        try (OutputStream in = attached.stdin()) {
          in.write('x');
        }
      }).getMessage(), m -> m.endsWith("takes no input any more: that was ended"));
    }
    Files.delete(Path.of(stdio.stderr()));
    var gone = assertThrows(NotFoundException.class, () -> host.tasks.attach(SCOPE, "c"));
    assertTrue(gone.getMessage().startsWith("the FIFO " + stdio.stderr() + " is gone"), gone.getMessage());
    Files.writeString(Path.of(stdio.stderr()), "no pipe");
    assertThrows(UnsupportedException.class, () -> host.tasks.attach(SCOPE, "c"));
    Host.await(this::held, List::isEmpty); // the one that was opened before is closed
    host.tasks.kill(SCOPE, C, 9);
    host.tasks.await(SCOPE, C);
    var ended = assertThrows(ConflictException.class, () -> host.tasks.attach(SCOPE, "c"));
    assertEquals("container 'c' does not run (any more); ctr:logs shows what it wrote", ended.getMessage());
    host.tasks.delete(SCOPE, C);
  }
}
