package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import io.gantry.service.task.TaskProcesses;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What nobody is attached to is kept by the other manager, where that is a Gantry, and read from it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LogsTest {
  private static final int SECONDS = 20;
  private static final ProcessRef C = ProcessRef.first("c");
  private static final Stdio LOGGED = TaskProcesses.logged(false);
  private static final String WAIT = "while [ ! -e /tmp/go ]; do sleep 0.02; done; ";
  private static final Scope SCOPE = Scope.root().withNamespace("logs");

  @TempDir Path root;
  private AutoCloseable other;
  private RemoteManager manager;
  private OtherClient client;

  private void open() throws Exception {
    for (String p : List.of("busybox", "runc", "containerd-shim-runc-v2")) {
      assumeTrue(Programs.find(p).isPresent(), "no " + p + " in the PATH or beneath GANTRY_TOOLS");
    }
    var engine = new Engine(root.resolve("engine"));
    other = engine;
    manager = RemoteManager.connect(engine.address());
    client = new OtherClient(manager, SCOPE, root.resolve("client"));
  }

  @AfterEach
  void close() throws Exception {
    try (var o = other; var m = manager) {
      if (client != null) client.remove("c");
    }
  }

  private void go() throws IOException {
    Files.createFile(root.resolve("client/tree/tmp/go"));
  }

  private String log() throws IOException {
    try (InputStream in = manager.tasks().logs(SCOPE, "c", false)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void logHas(String text) throws Exception {
    Instant end = Instant.now().plusSeconds(SECONDS);
    while (!log().equals(text) && Instant.now().isBefore(end)) TimeUnit.MILLISECONDS.sleep(20);
    assertEquals(text, log());
  }

  private static String text(InputStream from, int bytes) throws IOException {
    return new String(from.readNBytes(bytes), StandardCharsets.UTF_8);
  }

  private static String rest(InputStream from) throws IOException {
    return new String(from.readAllBytes(), StandardCharsets.UTF_8);
  }

  private Path file() {
    return root.resolve("engine/root/log/containers/logs/c.log");
  }

  @Test
  void isReadFollowedAndJoined() throws Exception {
    open();
    client.start("c", LOGGED, "echo one; " + WAIT + "echo two >&2; sleep 0.2; echo three; exit 3");
    logHas("one\n");
    String uri = "file://" + file();
    assertEquals(new Stdio("", uri, uri, false), manager.processes().get(SCOPE, C).stdio());
    try (InputStream followed = manager.tasks().logs(SCOPE, "c", true); Attached joined = manager.tasks().attach(SCOPE, "c")) {
      assertEquals("one\n", text(followed, 4));
      assertEquals("logs/c has no standard input that could be written: it was made without",
          assertThrows(UnsupportedException.class, joined::stdin).getMessage());
      go();
      assertEquals("two\nthree\n", rest(joined.stdout()));
      assertEquals("", rest(joined.stderr()));
      assertEquals("two\nthree\n", rest(followed));
      assertEquals(3, joined.await().code());
    }
    assertEquals("one\ntwo\nthree\n", log());
    assertEquals("container 'c' does not run (any more)", assertThrows(ConflictException.class, () -> manager.tasks().attach(SCOPE, "c"))
        .getMessage());
    assertThrows(NotFoundException.class, () -> manager.tasks().logs(SCOPE, "never", false));
  }

  @Test
  void aTerminalIsLoggedToo() throws Exception {
    open();
    client.start("c", TaskProcesses.logged(true), "echo said");
    manager.processes().await(SCOPE, C);
    assertEquals("said\r\n", log());
  }

  /** What it wrote before stays before what it writes when it is started again. */
  @Test
  void goesWithItsRecord() throws Exception {
    open();
    client.start("c", LOGGED, "echo first");
    manager.processes().await(SCOPE, C);
    assertEquals("first\n", log());
    manager.processes().delete(SCOPE, C);
    assertEquals("first\n", log());
    client.again("c", LOGGED);
    manager.processes().await(SCOPE, C);
    assertEquals("first\nfirst\n", log());
    manager.processes().delete(SCOPE, C);
    manager.containers().remove(SCOPE, "c");
    assertFalse(Files.exists(file()));
    client.start("c", LOGGED, "echo second");
    manager.processes().await(SCOPE, C);
    assertEquals("second\n", log());
  }

  @Test
  void whatWasNotMadeLeavesNone() throws Exception {
    open();
    assertThrows(IOException.class, () -> client.start("c", new Stdio("/nosuch/fifo", TaskProcesses.LOG, TaskProcesses.LOG, false),
        "echo never"));
    assertFalse(Files.exists(file()));
  }

  @Test
  void aManagerThatIsStartedAnewIsReadOn() throws Exception {
    open();
    client.start("c", LOGGED, "echo one; " + WAIT + "echo two; exit 4");
    logHas("one\n");
    try (InputStream followed = manager.tasks().logs(SCOPE, "c", true); Attached joined = manager.tasks().attach(SCOPE, "c")) {
      assertEquals("one\n", text(followed, 4));
      other.close();
      other = new Engine(root.resolve("engine"));
      go();
      assertEquals("two\n", rest(followed));
      assertEquals("two\n", rest(joined.stdout()));
      assertEquals(4, joined.await().code());
    }
  }

  @Test
  void whoWaitsForMoreCanLeave() throws Exception {
    open();
    client.start("c", LOGGED, "sleep 100");
    InputStream followed = manager.tasks().logs(SCOPE, "c", true);
    var reading = new FutureTask<>(() -> followed.read());
    Thread.ofVirtual().start(reading);
    assertThrows(TimeoutException.class, () -> reading.get(300, TimeUnit.MILLISECONDS));
    followed.close();
    assertEquals(-1, reading.get(SECONDS, TimeUnit.SECONDS));
    assertEquals(-1, followed.read());
    var interrupted = new FutureTask<>(() -> {
      try (InputStream again = manager.tasks().logs(SCOPE, "c", true)) {
        return assertThrows(InterruptedIOException.class, again::read).getMessage();
      }
    });
    Thread thread = Thread.ofVirtual().start(interrupted);
    assertThrows(TimeoutException.class, () -> interrupted.get(300, TimeUnit.MILLISECONDS));
    thread.interrupt();
    assertTrue(interrupted.get(SECONDS, TimeUnit.SECONDS).endsWith("was interrupted"));
    Instant end = Instant.now().plusSeconds(SECONDS);
    while (ThreadDump.count("\"api-log-read\"") > 0 && Instant.now().isBefore(end)) TimeUnit.MILLISECONDS.sleep(20);
    assertEquals(0, ThreadDump.count("\"api-log-read\""), "readers whom nobody waits for");
  }

  /** One that is larger than what travels at once, and is no log of the manager's. */
  @Test
  void theFileOfAnotherClientIsReadWhole() throws Exception {
    open();
    Path file = root.resolve("of-client");
    byte[] bytes = new byte[5_000_001];
    new Random(3).nextBytes(bytes);
    Files.write(file, bytes);
    client.start("c", new Stdio("", "file://" + file, "file://" + file, false), "printf end");
    manager.processes().await(SCOPE, C);
    byte[] all = Arrays.copyOf(bytes, bytes.length + 3);
    System.arraycopy("end".getBytes(StandardCharsets.UTF_8), 0, all, bytes.length, 3);
    try (InputStream in = manager.tasks().logs(SCOPE, "c", false)) {
      assertArrayEquals(Arrays.copyOf(all, 100), in.readNBytes(100));
      assertEquals(4_000_000, in.skip(4_000_000));
      assertArrayEquals(Arrays.copyOfRange(all, 4_000_100, all.length), in.readAllBytes());
      assertEquals(0, in.skip(1));
    }
    try (InputStream in = manager.tasks().logs(SCOPE, "c", false)) {
      assertArrayEquals(all, in.readAllBytes());
    }
    try (InputStream in = manager.tasks().logs(SCOPE, "c", false)) {
      assertEquals(all.length, in.skip(Long.MAX_VALUE));
      assertEquals(-1, in.read());
    }
    var past = assertThrows(ConflictException.class, () -> RemoteLog.open(manager.link(), SCOPE, "c", false, all.length + 1));
    assertEquals("read the log of container 'c' from 5000005 on: it has 5000004 bytes", past.getMessage());
  }

  @Test
  void containerdKeepsNothingAndThatIsTold() throws Exception {
    assumeTrue(Containerd.missing().isEmpty(), () -> Containerd.missing().orElseThrow());
    assumeTrue(Programs.find("busybox").isPresent(), "no busybox in the PATH or beneath GANTRY_TOOLS");
    var debian = new Containerd();
    other = debian;
    manager = RemoteManager.connect(Address.parse("unix://" + debian.socket()));
    client = new OtherClient(manager, SCOPE, root.resolve("client"));
    client.start("c", LOGGED, "echo said; " + WAIT + "exit 5");
    assertEquals(Stdio.NONE, manager.processes().get(SCOPE, C).stdio());
    assertEquals("this manager keeps nothing of what container 'c' wrote, as containerd keeps nothing: its output goes where its client"
        + " said, and that of ctr:run -d and ctr:start by an address goes nowhere; a Gantry logs it",
        assertThrows(UnsupportedException.class, this::log).getMessage());
    try (Attached joined = manager.tasks().attach(SCOPE, "c")) {
      go();
      assertEquals("", rest(joined.stdout()));
      assertEquals(5, joined.await().code());
    }
    client.remove("c");
    var terminal = assertThrows(IOException.class, () -> client.start("c", TaskProcesses.logged(true), "echo said"));
    assertTrue(terminal.getMessage().contains("console copy: stat file:///dev/null"), terminal.getMessage()); // pipes alone, with 1.6
  }
}
