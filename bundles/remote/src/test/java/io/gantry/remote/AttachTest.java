package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Programs;
import io.gantry.kit.world.Containerd;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ProcessRef;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who comes later to a process that another client made, as at home ({@code AttachTest} of tasks), with a Gantry and with containerd. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AttachTest {
  private static final int SECONDS = 20;
  private static final ProcessRef C = ProcessRef.first("c");
  private static final String ECHO = "while read line; do echo got $line; done; echo end >&2; exit 3";

  /** Whose process it is. */
  enum Whose {
    GANTRY, CONTAINERD
  }

  @TempDir Path root;
  private AutoCloseable other;
  private RemoteManager manager;
  private Scope scope;
  private OtherClient client;

  private void open(Whose whose) throws Exception {
    for (String p : List.of("busybox", "runc", "containerd-shim-runc-v2")) {
      assumeTrue(Programs.find(p).isPresent(), "no " + p + " in the PATH or beneath GANTRY_TOOLS");
    }
    if (whose == Whose.GANTRY) {
      var engine = new Engine(root.resolve("engine"));
      other = engine;
      manager = RemoteManager.connect(engine.address());
    } else {
      assumeTrue(Containerd.missing().isEmpty(), () -> Containerd.missing().orElseThrow());
      var debian = new Containerd();
      other = debian;
      manager = RemoteManager.connect(Address.parse("unix://" + debian.socket()));
    }
    scope = Scope.root().withNamespace("attach");
    client = new OtherClient(manager, scope, root.resolve("client"));
  }

  @AfterEach
  void close() throws Exception {
    try (var o = other; var m = manager) {
      if (client != null) client.remove("c");
    }
  }

  private static String read(InputStream from) throws IOException {
    byte[] bytes = new byte[1000];
    int n = from.read(bytes);
    return n < 0 ? "end" : new String(bytes, 0, n, StandardCharsets.UTF_8);
  }

  /** What has come once it ends like that. */
  private static String until(InputStream from, String end) throws IOException {
    var all = new StringBuilder();
    while (all.indexOf(end) < 0) {
      String part = read(from);
      if (part.equals("end")) throw new AssertionError("the end came before '" + end + "': " + all);
      all.append(part);
    }
    return all.toString();
  }

  private static void write(Attached to, String text) throws IOException {
    to.stdin().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static <T> FutureTask<T> begun(Callable<T> work) {
    var task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  private static <T> T result(FutureTask<T> task) throws Exception {
    return task.get(SECONDS, TimeUnit.SECONDS);
  }

  private Status status() throws IOException {
    return manager.processes().get(scope, C).status();
  }

  /** Threads that wait for the end of a process, which are virtual. */
  private static long waits() throws IOException {
    return ThreadDump.count("\"remote-wait-", "\"pipe-");
  }

  private void nobodyWaits() throws Exception {
    Instant end = Instant.now().plusSeconds(SECONDS);
    while (waits() > 0 && Instant.now().isBefore(end)) TimeUnit.MILLISECONDS.sleep(20);
    assertEquals(0, waits());
  }

  @ParameterizedTest
  @EnumSource(Whose.class)
  void nothingIsLostBetweenTwoWhoComeAndGo(Whose whose) throws Exception {
    open(whose);
    client.start("c", false, ECHO);
    FutureTask<String> waiting;
    Attached first = manager.tasks().attach(scope, "c");
    try (first) {
      write(first, "one\n");
      assertEquals("got one\n", until(first.stdout(), "one\n"));
      first.resize(80, 24); // it has no terminal
      assertTrue(waits() > 0);
      waiting = begun(() -> read(first.stdout()));
    }
    assertEquals("end", result(waiting));
    assertEquals("the streams of attach/c were let go of", assertThrows(IOException.class, first::stdin).getMessage());
    assertEquals(Status.RUNNING, status());
    nobodyWaits();
    client.type("two\n"); // while nobody is there
    FutureTask<Exit> end = begun(first::await); // is told all the same
    try (Attached second = manager.tasks().attach(scope, "c")) {
      assertEquals("got two\n", until(second.stdout(), "two\n"));
      write(second, "three\n");
      assertEquals("got three\n", until(second.stdout(), "three\n"));
      second.stdin().close();
      assertEquals("end\n", until(second.stderr(), "end\n"));
      assertEquals("end", read(second.stdout()));
      assertEquals(3, second.await().code());
    }
    assertEquals(3, result(end).code());
    nobodyWaits();
  }

  @ParameterizedTest
  @EnumSource(Whose.class)
  void aTerminalIsResizedAndPassesKeysOn(Whose whose) throws Exception {
    open(whose);
    client.start("c", true, "while read line; do stty size; done");
    try (Attached attached = manager.tasks().attach(scope, "c")) {
      attached.resize(77, 33);
      write(attached, "size\n");
      assertEquals("size\r\n33 77\r\n", until(attached.stdout(), "77\r\n"));
      attached.stdin().close(); // of a terminal that is not the end of its input
      assertEquals("end", read(attached.stderr()));
    }
    assertEquals(Status.RUNNING, status());
    try (Attached again = manager.tasks().attach(scope, "c")) {
      write(again, "again\n");
      assertEquals("again\r\n33 77\r\n", until(again.stdout(), "77\r\n"));
      again.signal(9);
      assertEquals(137, again.await().code());
      assertEquals("attach/c has ended", assertThrows(ConflictException.class, () -> again.signal(9)).getMessage());
    }
  }

  private static String said(Class<? extends IOException> kind, Executable work) {
    return assertThrows(kind, work).getMessage();
  }

  @ParameterizedTest
  @EnumSource(Whose.class)
  void whatCannotBeReadOrWrittenIsTold(Whose whose) throws Exception {
    open(whose);
    assertThrows(NotFoundException.class, () -> manager.tasks().attach(scope, "never"));
    Stdio stdio = client.start("c", false, "cat; while [ ! -e /tmp/go ]; do sleep 0.02; done");
    manager.processes().closeInput(scope, C);
    assertEquals("attach/c takes no input any more: that was ended", whatIsSaidOfInput());
    Files.delete(Path.of(stdio.stdin()));
    assertEquals("the input of attach/c is gone: whoever made the FIFO " + stdio.stdin() + " removed it", whatIsSaidOfInput());
    Files.delete(Path.of(stdio.stderr()));
    assertEquals("the FIFO " + stdio.stderr() + " is gone: whoever made it removed it, and nobody can read it",
        said(NotFoundException.class, () -> manager.tasks().attach(scope, "c")));
    Files.writeString(Path.of(stdio.stderr()), "no pipe");
    assertEquals(stdio.stderr() + " is no FIFO, and cannot be read or written as one",
        said(UnsupportedException.class, () -> manager.tasks().attach(scope, "c")));
    nobodyWaits(); // the one that was opened before is closed
    manager.processes().kill(scope, C, 9);
    manager.processes().await(scope, C);
    assertEquals("container 'c' does not run (any more)", said(ConflictException.class, () -> manager.tasks().attach(scope, "c")));
  }

  /** That its keeper takes no more it learns by what comes yet, so some is written until then. */
  private String whatIsSaidOfInput() throws Exception {
    for (Instant end = Instant.now().plusSeconds(SECONDS); Instant.now().isBefore(end);) {
      try (Attached attached = manager.tasks().attach(scope, "c"); OutputStream in = attached.stdin()) {
        in.write('x');
      } catch (UnsupportedException e) {
        return e.getMessage();
      } catch (IOException e) {
        if (!String.valueOf(e.getMessage()).contains("Broken pipe")) throw e; // it has just learnt it
      }
    }
    return "";
  }

  @ParameterizedTest
  @EnumSource(Whose.class)
  void whereItsOutputGoesElsewhereItIsTold(Whose whose) throws Exception {
    open(whose);
    Path log = root.resolve("log");
    client.start("c", new Stdio("", "file://" + log, "file://" + log, false), "echo said; sleep 100");
    if (whose == Whose.CONTAINERD) {
      assertTrue(said(UnsupportedException.class, () -> manager.tasks().attach(scope, "c")).startsWith(
          "attach/c writes its stdout to file://" + log + ", a file on its manager's host that this manager does not read for others"));
    }
    client.remove("c");
    client.start("c", Stdio.NONE, "while [ ! -e /tmp/go ]; do sleep 0.02; done; exit 4");
    try (Attached attached = manager.tasks().attach(scope, "c")) {
      Files.createFile(root.resolve("client/tree/tmp/go"));
      assertEquals("end", read(attached.stdout()));
      assertEquals("attach/c has no standard input that could be written: it was made without",
          said(UnsupportedException.class, attached::stdin));
      assertEquals(4, attached.await().code());
    }
    var process = new RemoteProcess((RemoteTaskProcesses) manager.processes(), scope, C, false);
    assertEquals("attach/c passes its stdout on to a program, binary:///bin/keep, which alone has it; see what that keeps",
        said(UnsupportedException.class, () -> RemoteLateAttached.join(process, new Stdio("", "binary:///bin/keep", "", false),
            InputStream::nullInputStream)));
  }

  @Test
  void streamsThatTheOtherSideNamesByNoPathAreTold() throws Exception {
    var process = new RemoteProcess(null, Scope.root(), C, false);
    for (String wrong : List.of("fifo:x", "fifo://host", "fifo:", "fifo: /x", "fifo:/x%zz", "/x\0", "fifo:/x%00")) {
      String expected = " as its manager says; that names no FIFO, expected an absolute path or fifo:///PATH, so nobody can be attached to"
          + " it";
      for (Stdio stdio : List.of(new Stdio("", wrong, "", false), new Stdio("", "", wrong, false))) {
        String stream = stdio.stdout().isEmpty() ? "stderr" : "stdout";
        assertTrue(RemoteLateAttached.hasPipes(stdio));
        assertEquals("default/c has '" + wrong.replace('\0', '?') + "' for its " + stream + "," + expected, said(UnsupportedException.class,
            () -> RemoteLateAttached.join(process, stdio, InputStream::nullInputStream)));
      }
      var input = new Stdio(wrong, "", "", false);
      var unwaited = new RemoteProcess(null, Scope.root(), C, false); // without services its wait ends at once
      try (Attached attached = RemoteLateAttached.join(unwaited, input, InputStream::nullInputStream)) {
        assertEquals("default/c has '" + wrong.replace('\0', '?') + "' for its stdin," + expected, said(UnsupportedException.class,
            attached::stdin));
      }
    }
  }

  @Test
  void aWaitThatGoesWrongIsToldToWhoWaits() throws Exception {
    var process = new RemoteProcess(null, Scope.root(), C, false); // without services it cannot but fail
    process.started(() -> { }, () -> { });
    IOException e = assertThrows(IOException.class, process::await);
    assertEquals("waiting for the end of default/c failed", e.getMessage());
    assertFalse(e instanceof UnsupportedException);
  }
}
