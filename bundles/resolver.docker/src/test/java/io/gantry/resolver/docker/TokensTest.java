package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
  private final Clients clients = new Clients(Duration.ofSeconds(10), false);
  private final Tokens tokens = new Tokens(new Wire(clients, World.OPTIONS));
  private FaultyRegistry registry;
  private RegistryHost host;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start();
    host = new RegistryHost(URI.create(registry.uri() + "/v2"), "", Set.of(), Map.of(), Tls.DEFAULT, false, "hosts.toml");
  }

  @AfterEach
  void stop() throws IOException {
    clients.close();
    registry.close();
  }

  private Tokens.Key key(Set<String> scopes) {
    return new Tokens.Key(host.authority(), registry.uri() + "/token", "kit", scopes, Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, 1L << 40, 0, -1, Long.MIN_VALUE})
  void anyLifeOfATokenIsTaken(long seconds) throws Exception {
    registry.fault(On.tokens(), Fault.answer(200, "application/json", "{\"token\":\"t\",\"expires_in\":" + seconds + "}"));
    assertEquals("t", tokens.get(host, key(Set.of()), Instant.MAX));
    assertEquals("t", tokens.get(host, key(Set.of()), Instant.MAX));
    assertEquals(1, registry.requests(On.tokens()).size(), "it was kept");
  }

  /** Scopes that do something when the request is made of them. */
  private static Set<String> scopes(Runnable asked) {
    return new TreeSet<>(List.of("repository:a/b:pull")) {
      private static final long serialVersionUID = 1;

      @Override
      public void forEach(Consumer<? super String> action) {
        asked.run();
        super.forEach(action);
      }
    };
  }

  /** Gets a token in a thread of its own, since one that is never told would hold the test. */
  private FutureTask<String> getting(Tokens.Key key, Instant deadline) {
    var task = new FutureTask<>(() -> tokens.get(host, key, deadline));
    Thread.ofVirtual().start(task);
    return task;
  }

  @Test
  void anErrorWhileItIsFetchedIsNotTheEndOfIt() throws Exception {
    Tokens.Key key = key(scopes(() -> {
      throw new NoClassDefFoundError("java/net/http");
    }));
    for (int i = 0; i < 2; i++) {
      var e = assertThrows(ExecutionException.class, () -> getting(key, Instant.MAX).get(20, TimeUnit.SECONDS));
      assertTrue(e.getCause() instanceof NoClassDefFoundError, () -> "" + e.getCause());
    }
    registry.fault(On.tokens(), Fault.answer(200, "application/json", "{\"token\":\"t\"}"));
    assertEquals("t", getting(key(Set.of("repository:a/b:pull")), Instant.MAX).get(20, TimeUnit.SECONDS));
  }

  @Test
  void whoWaitsForAnothersTokenHasItsOwnDeadline() throws Exception {
    registry.fault(On.tokens(), Fault.answer(200, "application/json", "{\"token\":\"t\"}"));
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    Tokens.Key key = key(scopes(() -> {
      begun.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }));
    try {
      var first = getting(key, Instant.MAX);
      begun.await();
      var patient = getting(key, Instant.MAX);
      var late = getting(key, Instant.now().plusMillis(50));
      var e = assertThrows(ExecutionException.class, () -> late.get(20, TimeUnit.SECONDS));
      assertEquals(Failure.Kind.UNAVAILABLE, ((Failure) e.getCause()).kind);
      go.countDown();
      assertEquals("t", first.get(20, TimeUnit.SECONDS));
      assertEquals("t", patient.get(20, TimeUnit.SECONDS));
    } finally {
      go.countDown();
    }
  }

  /** Who fetches first ends by itself in the midst, while another one waits for its token; that one gets it all the same. */
  private void outliving(Instant deadline, Runnable end) throws Exception {
    registry.fault(On.tokens(), Fault.answer(200, "application/json", "{\"token\":\"t\"}"));
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    Tokens.Key key = key(scopes(() -> {
      begun.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      end.run();
    }));
    try {
      var first = getting(key, deadline);
      begun.await();
      var other = new FutureTask<>(() -> tokens.get(host, key(Set.of("repository:a/b:pull")), Instant.MAX));
      Thread waiting = Thread.ofVirtual().start(other);
      while (waiting.getState() != Thread.State.TIMED_WAITING && !other.isDone()) Thread.sleep(5);
      assertFalse(other.isDone(), "it waits for the first");
      go.countDown();
      assertThrows(ExecutionException.class, () -> first.get(20, TimeUnit.SECONDS));
      assertEquals("t", other.get(20, TimeUnit.SECONDS));
    } finally {
      go.countDown();
    }
  }

  @Test
  void anInterruptionIsOfItsCallerAlone() throws Exception {
    outliving(Instant.MAX, () -> Thread.currentThread().interrupt());
  }

  @Test
  void aDeadlineIsOfItsCallerAlone() throws Exception {
    Instant deadline = Instant.now().plusMillis(500);
    outliving(deadline, () -> {
      while (!Instant.now().isAfter(deadline)) LockSupport.parkUntil(deadline.toEpochMilli() + 1);
    });
  }

  @Test
  void aTokenThatBreaksOffIsToBeHadLater() throws Exception {
    try (RawServer server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"to")) {
      var impatient = new Tokens(new Wire(clients, World.IMPATIENT));
      var key = new Tokens.Key(host.authority(), "http://" + server.host() + "/token", "kit", Set.of(), Optional.empty());
      Failure e = assertThrows(Failure.class, () -> impatient.get(host, key, Instant.MAX));
      assertEquals(Failure.Kind.UNAVAILABLE, e.kind, e.getMessage());
    }
  }
}
