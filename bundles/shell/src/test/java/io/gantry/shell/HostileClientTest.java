package io.gantry.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that send what no client should, over a real socket: each ends its own session, and little is kept for it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileClientTest {
  private static final int SIGNALS = 1000;
  private static final byte SIGTERM = 15;
  @TempDir Path folder;
  private final Verbs verbs = new Verbs();
  private final ThreadIOImpl threads = new ThreadIOImpl();
  private final CountDownLatch signals = new CountDownLatch(SIGNALS);
  private final LinkedBlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
  private final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
  private ShellServer server;
  private Path socket;

  @BeforeEach
  void start() throws IOException {
    threads.start();
    var processor = new CommandProcessorImpl(threads);
    for (String name : List.of("wait", "copy", "size", "mute")) processor.addCommand("t", verbs.of(name), name);
    processor.addCommand("t", (Function) this::pour, "pour");
    server = new ShellServer(folder, folder.resolve("history"), processor, threads, Duration.ZERO, false);
    socket = folder.resolve("shell.sock");
    Thread.setDefaultUncaughtExceptionHandler((t, e) -> uncaught.add(e));
  }

  @AfterEach
  void stop() throws IOException, InterruptedException {
    server.close();
    for (Thread t : Thread.getAllStackTraces().keySet()) {
      if (t.getName().equals("shell-command")) assertTrue(t.join(Duration.ofMinutes(1)), "a session does not end");
    }
    threads.stop();
    Thread.setDefaultUncaughtExceptionHandler(before);
  }

  /** Prints until it is told of so many signals, and a while further. */
  @SuppressWarnings("unchecked")
  private Object pour(CommandSession session, List<Object> words) {
    ((List<IntConsumer>) session.get(".gantry.signals")).add(number -> signals.countDown());
    for (int after = 0; after < 100_000; after += signals.getCount() > 0 ? 0 : 1) {
      session.getConsole().println("a line that is printed again and again");
    }
    return 7;
  }

  @Test
  void aWindowThatIsNoneEndsTheSession() throws Exception {
    var sizes = new ArrayList<>(List.of(new byte[0], new byte[1], new byte[7], new byte[8], new byte[9]));
    for (int wrong : new int[] {0, -1, Integer.MIN_VALUE, 100_000, Integer.MAX_VALUE}) {
      sizes.add(ByteBuffer.allocate(8).putInt(wrong).putInt(24).array());
      sizes.add(ByteBuffer.allocate(8).putInt(80).putInt(wrong).array());
    }
    for (byte[] size : sizes) {
      try (RawClient c = new RawClient(socket).ask("t:wait").until("waiting").send('W', size)) {
        assertEquals(OneShot.INTERRUPTED, c.exit());
      }
    }
    assertEquals(List.of(), List.copyOf(uncaught), "each is an end in good order");
    try (RawClient c = new RawClient(socket).send('A', ByteBuffer.allocate(25).put((byte) 1).putInt(-1).putInt(24).array())) {
      assertThrows(IOException.class, c::exit);
    }
  }

  @Test
  void inputWithoutEndThatNobodyReadsEndsTheSession() throws Exception {
    try (RawClient c = new RawClient(socket).ask("t:wait").until("waiting")) {
      assertThrows(IOException.class, () -> {
        for (int i = 0; i < 64; i++) c.send('I', new byte[Frame.MAX]);
      }, "64 MiB were taken");
      assertTrue(verbs.interrupted.tryAcquire(30, TimeUnit.SECONDS), "its command goes on");
    }
  }

  /** Each alone is nothing; what keeps it is more. */
  @Test
  void framesWithoutEndThatNobodyReadsEndTheSession() throws Exception {
    for (char type : "IEV".toCharArray()) {
      try (RawClient c = new RawClient(socket).ask("t:wait").until("waiting")) {
        byte[] many = new byte[5 * 100_000];
        for (int i = 0; i < many.length; i += 5) many[i] = (byte) type;
        try {
          c.bytes(many);
        } catch (IOException e) {
          assertEquals("Broken pipe", e.getMessage(), "it need not take all");
        }
        assertTrue(verbs.interrupted.tryAcquire(30, TimeUnit.SECONDS), "the command goes on beside frames of type " + type);
      }
    }
  }

  /** As the client does that sends a chunk each time it is asked; more than may wait at once. */
  @Test
  void inputThatIsReadHasNoBound() throws Exception {
    try (RawClient c = new RawClient(socket).ask("t:copy")) {
      String chunk = "x".repeat(Frame.CHUNK);
      for (int i = 1; i <= 32; i++) {
        long length = (long) i * Frame.CHUNK;
        c.type(chunk).until(length + " characters", output -> output.length() == length);
      }
      assertEquals(0, c.send('E', new byte[0]).exit());
    }
  }

  /** Without a word of the command: by this the client knows that a signal arrived. */
  @Test
  void eachSignalIsAnswered() throws Exception {
    try (RawClient c = new RawClient(socket).ask("t:mute").until("waiting")) {
      for (int i = 1; i <= 4; i++) assertEquals(i, c.send('S', new byte[] {SIGTERM}).untilHeard());
      assertEquals(77, c.send('S', new byte[] {SIGTERM}).exit());
    }
  }

  @Test
  void signalsOfAClientThatDoesNotReadAreAnsweredTogether() throws Exception {
    try (RawClient c = new RawClient(socket).ask("t:pour").until("again")) {
      SessionTest.untilTheCommandWaitsForItsClient();
      for (int i = 0; i < SIGNALS; i++) c.send('S', new byte[] {SIGTERM});
      assertTrue(signals.await(60, TimeUnit.SECONDS), "they are not all heard");
      assertEquals(7, c.exit());
      assertTrue(c.heard() > 0 && c.heard() <= 2, "answers: " + c.heard());
    }
  }
}
