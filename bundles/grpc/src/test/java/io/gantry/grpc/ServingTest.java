package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import io.gantry.kit.registry.TestCertificate;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** Addresses that cannot be opened at first. */
@Timeout(120)
class ServingTest {
  private static final Serving.Pauses SHORT = new Serving.Pauses(Duration.ofMillis(20), Duration.ofMillis(80));
  @TempDir Path dir;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final AtomicInteger attempts = new AtomicInteger();

  /** Notes what is said above debugging: level and words. */
  private final Logger log = (Logger) Proxy.newProxyInstance(Logger.class.getClassLoader(), new Class<?>[] {Logger.class},
      (self, method, given) -> {
        if (!method.getName().equals("debug")) said.add(method.getName() + " " + ((String) given[0]).replace("{}", given[1].toString()));
        return null;
      });

  private Serving begin(Serving.Opening opening, Serving.Pauses pauses) {
    return Serving.begin(() -> {
      attempts.incrementAndGet();
      return opening.open();
    }, pauses, log);
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("api-tcp")).toList();
  }

  private static void await(Condition condition) throws Exception {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); !condition.holds(); Thread.sleep(5)) {
      assertTrue(System.nanoTime() < end, "not within 20 s");
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  /** An address that another has, and who may serve there and be served. */
  private record Taken(ServerSocket socket, String address, TlsFiles files, TlsChannelCredentials.Builder client) {
    static Taken in(Path dir) throws Exception {
      TestCertificate server = TestCertificate.create(dir, "server");
      TestCertificate client = TestCertificate.create(dir, "client");
      var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
      return new Taken(socket, "127.0.0.1:" + socket.getLocalPort(), new TlsFiles(server.pem(), server.key(), client.pem()),
          TlsChannelCredentials.newBuilder().trustManager(server.pem().toFile()).keyManager(client.pem().toFile(),
              client.key().toFile()));
    }

    Listener open() throws IOException {
      return Listener.tcp(address, files, Engine.offer(new VersionApi("1.2.3", "")));
    }

    String version() throws InterruptedException {
      return TlsTest.version(socket.getLocalPort(), client.build());
    }
  }

  @Test
  void aPortThatGetsFreeIsServedAndTheLogSaysItOnce() throws Exception {
    Taken taken = Taken.in(dir);
    try (Serving serving = begin(taken::open, SHORT)) {
      await(() -> attempts.get() >= 5);
      assertEquals(1, said.size(), said::toString);
      assertTrue(said.getFirst().startsWith("error grpc.cfg: could not serve containerd's API on " + taken.address()), said::toString);
      assertTrue(said.getFirst().contains("Address already in use"), said::toString);
      taken.socket().close();
      await(() -> said.size() == 2);
      assertEquals("info containerd's API is served on " + taken.address(), said.getLast());
      assertEquals("1.2.3", taken.version());
      int all = attempts.get();
      Thread.sleep(200);
      assertEquals(all, attempts.get(), "tried once it was served");
    }
    assertThrows(StatusRuntimeException.class, taken::version);
    await(() -> threads().isEmpty());
  }

  @Test
  void nothingIsTriedOrServedAfterTheEnd() throws Exception {
    Taken taken = Taken.in(dir);
    Serving serving = begin(taken::open, SHORT);
    await(() -> attempts.get() >= 2);
    serving.close();
    int all = attempts.get();
    taken.socket().close();
    Thread.sleep(200);
    assertEquals(all, attempts.get());
    assertThrows(StatusRuntimeException.class, taken::version);
    await(() -> threads().isEmpty());
    assertEquals(1, said.size(), said::toString);
  }

  @Test
  void theEndDoesNotWaitForAPause() throws Exception {
    Taken taken = Taken.in(dir);
    try (ServerSocket other = taken.socket()) {
      Serving serving = begin(taken::open, new Serving.Pauses(Duration.ofHours(1), Duration.ofHours(1)));
      long began = System.nanoTime();
      serving.close();
      assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(60), "it waited");
    }
  }

  @Test
  void pausesGrowToTheLongest() {
    var pauses = new Serving.Pauses(Duration.ofSeconds(1), Duration.ofSeconds(5));
    Duration second = pauses.after(pauses.first());
    assertEquals(List.of(2L, 4L, 5L, 5L), List.of(second.toSeconds(), pauses.after(second).toSeconds(),
        pauses.after(Duration.ofSeconds(4)).toSeconds(), pauses.after(Duration.ofSeconds(5)).toSeconds()));
  }

  @Test
  void whatIsNoAddressIsNotTriedAgain() throws Exception {
    Taken taken = Taken.in(dir);
    taken.socket().close();
    for (String wrong : List.of("localhost", "127.0.0.1:99999")) {
      try (Serving serving = begin(() -> Listener.tcp(wrong, taken.files(), Engine.offer()), SHORT)) {
        Thread.sleep(100);
      }
    }
    assertEquals(2, attempts.get());
    assertTrue(said.stream().allMatch(s -> s.endsWith("nobody is served there until it is right")), said::toString);
  }

  /** By the component: the folder of its socket is made after it. */
  @Test
  void aSocketIsServedOnceItsFolderIsThere() throws Exception {
    try (var engine = new Engine(dir)) {
      engine.parts.start(ApiServer.class, Map.of("gantry.root", dir.resolve("root").toString(), "gantry.state", dir.resolve("state")
          .toString(), "socket", "later/api.sock"));
      Path socket = dir.resolve("state/later/api.sock");
      assertTrue(Files.notExists(socket));
      Files.createDirectory(socket.getParent());
      await(() -> Files.exists(socket));
      ManagedChannel channel = engine.channel(socket);
      try {
        VersionGrpc.newBlockingStub(channel).withWaitForReady().withDeadlineAfter(20, TimeUnit.SECONDS).version(Empty.getDefaultInstance());
      } finally {
        channel.shutdownNow();
        channel.awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }
}
