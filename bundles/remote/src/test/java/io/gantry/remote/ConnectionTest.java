package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A manager that goes away and comes back, calls that are given up. */
class ConnectionTest {
  private static final Scope SCOPE = Scope.root();
  @TempDir Path root;

  @Test
  void whoeverAnswersNotIsNamed() throws Exception {
    try (var manager = RemoteManager.connect(Address.parse("unix://" + root.resolve("none.sock")))) {
      String said = assertThrows(UnavailableException.class, () -> manager.version(SCOPE)).getMessage();
      assertTrue(said.contains("unix://" + root.resolve("none.sock")) && said.contains("see that it runs"), said);
    }
  }

  @Test
  void theNextCallFindsAManagerThatWasStartedAnew() throws Exception {
    Engine engine = new Engine(root);
    try (var manager = RemoteManager.connect(engine.address())) {
      manager.version(SCOPE);
      engine.close();
      for (int i = 0; i < 5; i++) assertThrows(UnavailableException.class, () -> manager.version(SCOPE));
      engine = new Engine(root);
      assertFalse(manager.version(SCOPE).version().isEmpty());
    } finally {
      engine.close();
    }
  }

  @Test
  void aWriterAndAReaderOutliveTheManager() throws Exception {
    byte[] bytes = new byte[12_000_000];
    new Random(1).nextBytes(bytes);
    Engine engine = new Engine(root);
    try (var manager = RemoteManager.connect(engine.address())) {
      var contents = manager.contents();
      Writer w = contents.writer(SCOPE, WriterSpec.of("r"));
      w.write(ByteBuffer.wrap(bytes, 0, 5_000_000));
      var digest = w.digest();
      engine.close();
      engine = new Engine(root);
      assertEquals(5_000_000, w.status().offset());
      assertEquals(digest, w.digest());
      w.write(ByteBuffer.wrap(bytes, 5_000_000, 7_000_000));
      var whole = w.commit(w.digest(), bytes.length).digest();
      try (InputStream in = contents.reader(SCOPE, whole).stream(0)) {
        byte[] read = new byte[bytes.length];
        in.readNBytes(read, 0, 100);
        engine.close();
        engine = new Engine(root);
        in.readNBytes(read, 100, read.length - 100);
        assertEquals(-1, in.read());
        assertArrayEquals(bytes, read);
      }
    } finally {
      engine.close();
    }
  }

  @Test
  void whoWaitsForAManagerThatIsAwayIsWokenByTheClose() throws Exception {
    Engine engine = new Engine(root);
    try (var manager = RemoteManager.connect(engine.address(), root, new Patience(Duration.ofHours(1)))) {
      var whole = manager.contents().put(SCOPE, WriterSpec.of("r"), new byte[12_000_000]).digest();
      try (InputStream in = manager.contents().reader(SCOPE, whole).stream(0)) {
        engine.close();
        var reading = new FutureTask<>(in::readAllBytes);
        Thread.ofVirtual().start(reading);
        assertThrows(TimeoutException.class, () -> reading.get(1, TimeUnit.SECONDS), "it waits for a manager");
        manager.close();
        var e = assertThrows(ExecutionException.class, () -> reading.get(60, TimeUnit.SECONDS)); // by itself it would wait for an hour
        assertInstanceOf(UnavailableException.class, e.getCause());
      }
    } finally {
      engine.close();
    }
  }

  @Test
  void bytesThatWereLostAreTold() throws Exception {
    Engine engine = new Engine(root);
    try (var manager = RemoteManager.connect(engine.address())) {
      Writer w = manager.contents().writer(SCOPE, WriterSpec.of("r"));
      w.write(ByteBuffer.allocate(1000));
      w.digest();
      engine.close();
      engine = new Engine(root);
      engine.contents.abort(SCOPE, "r");
      assertThrows(ConflictException.class, () -> w.write(ByteBuffer.allocate(1)));
      assertEquals(0, w.status().offset());
      w.write(ByteBuffer.allocate(1));
      w.close();
      assertEquals(1, manager.contents().status(SCOPE, "r").orElseThrow().offset());
    } finally {
      engine.close();
    }
  }

  /** Closing such a write says that its connection was lost, and it is thrown away all the same. */
  @Test
  void tooManyBytesAreToldAfterALostConnection() throws Exception {
    Engine engine = new Engine(root);
    try (var manager = RemoteManager.connect(engine.address())) {
      Writer w = manager.contents().writer(SCOPE, new WriterSpec("r", Optional.empty(), OptionalLong.of(10), Map.of()));
      w.write(ByteBuffer.allocate(10));
      w.digest();
      engine.close();
      engine = new Engine(root);
      var e = assertThrows(CorruptException.class, () -> w.write(ByteBuffer.allocate(1)));
      assertInstanceOf(UnavailableException.class, e.getSuppressed()[0]);
      assertEquals(Optional.empty(), manager.contents().status(SCOPE, "r"));
      Writer away = manager.contents().writer(SCOPE, new WriterSpec("away", Optional.empty(), OptionalLong.of(10), Map.of()));
      away.write(ByteBuffer.allocate(10));
      away.digest();
      engine.close();
      e = assertThrows(CorruptException.class, () -> away.write(ByteBuffer.allocate(1)));
      assertEquals(2, e.getSuppressed().length, "neither the close nor the abort finds a manager");
    } finally {
      engine.close();
    }
  }

  @Test
  void aDeadlineAndAnInterruptionEndACall() throws Exception {
    try (var engine = new Engine(root); var manager = RemoteManager.connect(engine.address())) {
      String late = assertThrows(UnavailableException.class, () -> manager.version(SCOPE.within(Duration.ofNanos(1)))).getMessage();
      assertTrue(late.contains("deadline"), late);
      manager.version(SCOPE.within(Duration.ofDays(300 * 365))); // so far away that no number of nanoseconds says it
      Thread.currentThread().interrupt();
      assertThrows(InterruptedIOException.class, () -> manager.version(SCOPE));
      assertTrue(Thread.interrupted(), "the flag stays");
      manager.version(SCOPE);
      Writer w = manager.contents().writer(SCOPE, WriterSpec.of("r"));
      w.write(ByteBuffer.allocate(1));
      Thread.currentThread().interrupt();
      assertThrows(InterruptedIOException.class, w::digest);
      assertTrue(Thread.interrupted());
      w.close();
    }
  }

  @Test
  void aDeadlineThatIsFarAwayIsNone() throws Exception {
    try (var engine = new Engine(root); var manager = RemoteManager.connect(engine.address())) {
      for (Instant far : List.of(Instant.parse("9999-12-31T00:00:00Z"), Instant.MAX.minusSeconds(1))) {
        Scope patient = new Scope("default", "root", Optional.empty(), far);
        assertFalse(manager.version(patient).version().isEmpty());
        assertEquals(List.of(), manager.events().after(patient, manager.events().sequence(patient), 1, Duration.ZERO));
      }
      for (Instant passed : List.of(Instant.EPOCH, Instant.parse("0001-01-01T00:00:00Z"), Instant.MIN)) {
        assertThrows(UnavailableException.class, () -> manager.version(new Scope("default", "root", Optional.empty(), passed)));
      }
    }
  }

  @Test
  @Timeout(60)
  void whoWaitsForTheSubscriptionOfAnotherCallMayLeave() throws Exception {
    Path socket = root.resolve("mute.sock");
    try (var mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        var manager = RemoteManager.connect(Address.parse("unix://" + socket))) {
      var first = begun(() -> manager.events().sequence(SCOPE));
      try (var accepted = mute.accept()) { // it asks, and nobody answers
        var late = begun(() -> manager.events().after(SCOPE.within(Duration.ofMillis(200)), 0, 1, Duration.ZERO));
        var e = assertThrows(ExecutionException.class, () -> late.get(20, TimeUnit.SECONDS)).getCause();
        assertInstanceOf(UnavailableException.class, e);
        assertTrue(e.getMessage().contains("by another call"), e.getMessage());
        var leaves = begun(() -> {
          Thread.currentThread().interrupt();
          return manager.events().after(SCOPE, 0, 1, Duration.ZERO);
        });
        e = assertThrows(ExecutionException.class, () -> leaves.get(20, TimeUnit.SECONDS)).getCause();
        assertInstanceOf(InterruptedIOException.class, e);
        assertFalse(first.isDone());
      }
    }
  }

  private static <T> FutureTask<T> begun(Callable<T> work) {
    var task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  @Test
  void addressesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> Address.parse("/run/x.sock"));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("unix://run/x.sock"));
    String said = assertThrows(IllegalArgumentException.class, () -> Address.parse("tcp://h:1")).getMessage();
    assertTrue(said.contains("certificate"), said);
    var tls = new TlsFiles(root, root, root);
    assertThrows(IllegalArgumentException.class, () -> Address.parse("tcp://h:0", tls));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("unix:///x", tls));
    assertEquals(7443, Address.parse("tcp://[::1]:7443", tls).port());
    assertThrows(java.io.IOException.class, () -> RemoteManager.connect(Address.parse("tcp://h:1", tls)));
  }
}
