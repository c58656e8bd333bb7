package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.UnavailableException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against a server whose frames the test writes by hand. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TtrpcTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  /** Of calls that something else must end: much longer than the test may take. */
  private static final Duration ENDLESS = Duration.ofHours(1);
  /** As a dump of threads names the one that reads from {@code socket}. */
  private static final String READER = "\"ttrpc-s\"";
  private Path dir;
  private Path socket;
  private ServerSocketChannel listener;
  private Ttrpc client;
  private SocketChannel server;
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

  /** A request as it came. */
  private record Asked(int stream, String service, String method, byte[] payload, long timeoutNanos) {}

  @BeforeEach
  void open() throws IOException {
    dir = Files.createTempDirectory("ttrpc");
    socket = dir.resolve("s");
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    client = Ttrpc.connect(socket, LONG);
    server = listener.accept();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    callers.shutdownNow();
    server.close();
    listener.close();
    Files.delete(socket);
    Files.delete(dir);
  }

  /** Of the reader, and of what bounds a write; as of a driver that is called under its own class loader. */
  @Test
  void deadThreadsHoldNothingOfTheBuild() throws Exception {
    List<Thread> kept = new ArrayList<>();
    WeakReference<ClassLoader> build = used(kept);
    for (Thread t : kept) assertTrue(t.join(LONG), t + " is left");
    for (long end = System.nanoTime() + LONG.toNanos(); build.get() != null && System.nanoTime() < end; ) System.gc();
    assertTrue(build.refersTo(null), "the build's class loader is still held: by one of " + kept);
  }

  private WeakReference<ClassLoader> used(List<Thread> kept) throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (var build = new SuccessionTest.Fresh()) {
      Thread.currentThread().setContextClassLoader(build);
      Class<?> type = build.loadClass(Ttrpc.class.getName());
      Method connect = type.getDeclaredMethod("connect", Path.class, Duration.class);
      Field reader = type.getDeclaredField("reader");
      Constructor<?> bound = build.loadClass(Bound.class.getName()).getDeclaredConstructor(long.class, Runnable.class);
      for (AccessibleObject o : List.of(connect, reader, bound)) o.setAccessible(true);
      try (var its = (Closeable) connect.invoke(null, socket, LONG)) {
        kept.add((Thread) reader.get(its));
      }
      var broken = new CompletableFuture<Thread>();
      bound.newInstance(0, (Runnable) () -> broken.complete(Thread.currentThread()));
      kept.add(broken.get());
      return new WeakReference<>(build);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void answersComeInAnyOrder() throws Exception {
    List<Future<byte[]>> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) calls.add(call("Method" + i, new byte[] {(byte) i}, LONG));
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < 50; i++) asked.add(request());
    assertEquals(50, asked.stream().map(Asked::stream).distinct().filter(s -> s % 2 == 1).count(), "odd streams, each its own");
    for (Asked a : asked.reversed()) answer(a.stream, new ProtoWriter().message(2, new byte[] {a.payload[0], 42}).bytes());
    for (int i = 0; i < 50; i++) assertArrayEquals(new byte[] {(byte) i, 42}, calls.get(i).get());
    Asked one = asked.getFirst();
    assertEquals(List.of("a.Service", "Method" + one.payload[0], LONG.toNanos()), List.of(one.service, one.method, one.timeoutNanos));
  }

  @Test
  void aMessageOverManyReadsIsWhole() throws Exception {
    byte[] large = new byte[3 << 20];
    new java.util.Random(7).nextBytes(large);
    Future<byte[]> call = call("Large", large, LONG);
    Asked a = request();
    assertArrayEquals(large, a.payload);
    answer(a.stream, new ProtoWriter().message(2, large).bytes());
    assertArrayEquals(large, call.get());
  }

  @Test
  void anErrorIsOneWithItsCode() throws Exception {
    Future<byte[]> call = call("State", new byte[0], LONG);
    ProtoWriter status = new ProtoWriter().number(1, TtrpcException.NOT_FOUND).text(2, "no such container: not found");
    answer(request().stream, new ProtoWriter().message(1, status).bytes());
    TtrpcException e = (TtrpcException) assertThrows(java.util.concurrent.ExecutionException.class, call::get).getCause();
    assertEquals(TtrpcException.NOT_FOUND, e.code());
    assertEquals("no such container: not found", e.getMessage());
  }

  @Test
  void theDeadlineEndsOneCallAndNotTheOther() throws Exception {
    Future<byte[]> late = call("Late", new byte[0], Duration.ofSeconds(3)); // in which it must be written, or the connection is lost
    Asked first = request();
    assertUnavailable(late, "Late", "no answer within 3000 ms");
    Future<byte[]> next = call("Next", new byte[0], LONG);
    Asked second = request();
    answer(first.stream, new byte[0]);
    answer(second.stream, new ProtoWriter().message(2, new byte[] {1}).bytes());
    assertArrayEquals(new byte[] {1}, next.get());
  }

  @Test
  void allCallsFailWhenTheConnectionIsLost() throws Exception {
    List<Future<byte[]>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) calls.add(call("M" + i, new byte[0], LONG));
    for (int i = 0; i < 5; i++) request();
    server.close();
    for (Future<byte[]> c : calls) assertUnavailable(c, "the connection was lost", "closed the connection");
    assertThrows(UnavailableException.class, () -> client.call("a.Service", "After", new byte[0], LONG));
  }

  /** As of a server that is stopped: the buffer of the socket fills, and a write waits in the kernel. */
  @Test
  void aServerThatTakesNothingEndsTheConnection() throws Exception {
    Future<byte[]> waits = call("Waits", new byte[1], ENDLESS);
    request();
    Future<byte[]> large = call("Large", new byte[3 << 20], Duration.ofSeconds(3));
    awaitBusy(large);
    Future<byte[]> behind = call("Behind", new byte[1], ENDLESS);
    assertUnavailable(large, "Large on " + socket, "did not take the 3145", "of Large within 3000 ms");
    for (Future<byte[]> c : List.of(waits, behind)) assertUnavailable(c, "the connection was lost", "of Large within 3000 ms");
    assertUnavailable(call("After", new byte[0], ENDLESS), "of Large within 3000 ms");
    client.close();
    server.close();
    client = Ttrpc.connect(socket, LONG);
    server = listener.accept();
    Future<byte[]> next = call("Next", new byte[0], LONG);
    answer(request().stream, new ProtoWriter().message(2, new byte[] {1}).bytes());
    assertArrayEquals(new byte[] {1}, next.get());
  }

  @Test
  void whoCannotSendInTimeLeavesTheConnectionToOthers() throws Exception {
    Future<byte[]> large = call("Large", new byte[3 << 20], ENDLESS);
    awaitBusy(large);
    assertUnavailable(call("Small", new byte[0], Duration.ofMillis(100)), "Small on " + socket, "within 100 ms", "was not sent");
    Asked first = request();
    assertEquals("Large", first.method);
    answer(first.stream, new ProtoWriter().message(2, new byte[] {1}).bytes());
    assertArrayEquals(new byte[] {1}, large.get());
  }

  /** Until a call is being written, or has ended unseen. */
  private void awaitBusy(Future<byte[]> call) {
    while (!client.busy() && !call.isDone()) Thread.onSpinWait();
  }

  /** As of a server that is stopped for long: others wait to be accepted, until there is no place. From threads of both kinds. */
  @Test
  void aConnectionThatIsNotAcceptedHasABound() throws Exception {
    Path full = dir.resolve("full");
    List<Ttrpc> accepted = new ArrayList<>();
    try (ServerSocketChannel deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(full), 1)) {
      UnavailableException e = assertThrows(UnavailableException.class, () -> {
        for (int i = 0; i < 5; i++) accepted.add(Ttrpc.connect(full, Duration.ofMillis(200)));
      });
      for (String part : List.of(full.toString(), "within 200 ms")) assertTrue(e.getMessage().contains(part), e.getMessage());
      Callable<byte[]> virtual = () -> {
        Ttrpc.connect(full, Duration.ofMillis(200)).close();
        return new byte[0];
      };
      assertUnavailable(callers.submit(virtual), full.toString(), "within 200 ms");
      Future<Ttrpc> patient = callers.submit(() -> Ttrpc.connect(full, LONG));
      deaf.accept().close();
      accepted.add(patient.get());
    } finally {
      for (Ttrpc t : accepted) t.close();
      Files.delete(full);
    }
  }

  @Test
  void closingEndsWhatIsWaitedFor() throws Exception {
    Future<byte[]> call = call("Wait", new byte[0], LONG);
    request();
    assertEquals(1, ThreadDump.count(READER));
    client.close();
    assertEquals(0, ThreadDump.count(READER));
    assertUnavailable(call, "it was closed");
  }

  @Test
  void aLengthBeyondTheLimitEndsTheConnection() throws Exception {
    Future<byte[]> call = call("M", new byte[0], LONG);
    request();
    server.write(ByteBuffer.allocate(10).putInt(-1).putInt(1).put((byte) 2).put((byte) 0).flip());
    assertUnavailable(call, "4294967295 bytes");
  }

  @Test
  void garbageInAnAnswerIsOneCallsError() throws Exception {
    Future<byte[]> call = call("M", new byte[0], LONG);
    answer(request().stream, new byte[] {0x12, 0x7f, 1});
    Throwable e = assertThrows(java.util.concurrent.ExecutionException.class, call::get).getCause();
    assertEquals("the answer to M is no message of protocol buffers: found a field of 127 bytes at byte 2 of 3", e.getMessage());
  }

  private static void assertUnavailable(Future<byte[]> call, String... parts) {
    Throwable e = assertThrows(java.util.concurrent.ExecutionException.class, call::get).getCause();
    assertEquals(UnavailableException.class, e.getClass());
    for (String p : parts) assertTrue(e.getMessage().contains(p), e.getMessage());
  }

  private Future<byte[]> call(String method, byte[] payload, Duration timeout) {
    Callable<byte[]> call = () -> client.call("a.Service", method, payload, timeout);
    return callers.submit(call);
  }

  private Asked request() throws IOException {
    ByteBuffer h = fill(10);
    int length = h.getInt();
    int stream = h.getInt();
    assertEquals(List.of((byte) 1, (byte) 0), List.of(h.get(), h.get()), "type and flags");
    String service = "";
    String method = "";
    byte[] payload = new byte[0];
    long timeout = 0;
    for (ProtoReader r = new ProtoReader(fill(length).array(), "request"); r.next(); ) {
      switch (r.field()) {
        case 1 -> service = r.text();
        case 2 -> method = r.text();
        case 3 -> payload = r.bytes();
        case 4 -> timeout = r.number();
        default -> throw new AssertionError("field " + r.field());
      }
    }
    return new Asked(stream, service, method, payload, timeout);
  }

  private ByteBuffer fill(int length) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(length);
    while (b.hasRemaining()) assertTrue(server.read(b) >= 0);
    return b.flip();
  }

  private void answer(int stream, byte[] message) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(10 + message.length);
    b.putInt(message.length).putInt(stream).put((byte) 2).put((byte) 0).put(message).flip();
    while (b.hasRemaining()) server.write(b);
  }
}
