package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentResponse;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is no message, in each kind of call. */
class RequestsTest {
  /** Held here: the platform forgets the settings of a logger that nobody holds. */
  private static final Logger TRANSPORT = Logger.getLogger("io.grpc");

  @TempDir Path root;
  private final InflowBudget budget = new InflowBudget(8 << 20, System::nanoTime);
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Handler listens = new Handler() {
    @Override
    public void publish(LogRecord r) {
      said.add(r.getLoggerName() + ": " + r.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  };
  private Engine engine;
  private Listener listener;
  private ManagedChannel channel;

  @BeforeEach
  void open() throws Exception {
    engine = new Engine(root);
    Path socket = root.resolve("requests.sock");
    listener = Listener.unix(socket, new Listener.Offer(List.of(new ContentApi(engine.contents, FlowBudget.ofHeap(), new ReadAhead()),
        new VersionApi("1.2.3", "")), budget));
    channel = engine.channel(socket);
    version(); // its connection is there
    TRANSPORT.addHandler(listens);
  }

  @AfterEach
  void close() throws Exception {
    TRANSPORT.removeHandler(listens);
    channel.shutdownNow();
    listener.close();
    engine.close();
  }

  private String version() {
    return VersionGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS).version(Empty.getDefaultInstance()).getVersion();
  }

  private static void refused(Object answer, MethodDescriptor<?, ?> method) {
    Status status = assertInstanceOf(StatusRuntimeException.class, answer, method.getFullMethodName()).getStatus();
    assertEquals(Status.Code.INTERNAL, status.getCode(), status.toString());
    String begin = "the request of " + method.getFullMethodName() + " is no ";
    assertTrue(status.getDescription().startsWith(begin), status.getDescription());
    assertTrue(status.getDescription().contains(", and nothing was done with it: While parsing a protocol message, the input ended"),
        status.getDescription());
  }

  private static void until(BooleanSupplier state, String what) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(10);
    while (!state.getAsBoolean()) {
      assertTrue(Instant.now().isBefore(end), "not in 10 s: " + what);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** Nothing is held, the transport had nothing to tell, and the connection is good for the next call. */
  private void asBefore() throws InterruptedException {
    assertEquals("1.2.3", version());
    until(() -> budget.used() == 0, "all memory is given free");
    assertEquals(List.of(), said);
  }

  @Test
  void ofEachMethodEndsTheCallAndNothingElse() throws Exception {
    for (ServiceDescriptor service : List.of(ContentGrpc.getServiceDescriptor(), VersionGrpc.getServiceDescriptor(),
        HealthGrpc.getServiceDescriptor(), ServerReflectionGrpc.getServiceDescriptor())) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        refused(new RawCall(channel, method).send(RawCall.CUT).complete().next(), method);
      }
    }
    asBefore();
  }

  /** The bytes that came before it are kept, as those of a client that goes away, and the ref is free. */
  @Test
  void inTheMidstOfAWriteEndsItAndTheWriteGoesOnByItsRef() throws Exception {
    MethodDescriptor<?, ?> method = ContentGrpc.getWriteMethod();
    var raw = new RawCall(channel, method).send(WriteCall.data(0, new byte[1000]).setRef("w").build().toByteArray());
    assertEquals(1000, WriteContentResponse.parseFrom((byte[]) raw.next()).getOffset());
    refused(raw.send(RawCall.CUT).next(), method);
    until(this::goesOn, "the ref is free");
    asBefore();
  }

  private boolean goesOn() {
    try {
      var again = new WriteCall(Engine.in("default", ContentGrpc.newStub(channel)));
      again.send(WriteCall.message(WriteAction.STAT, "w"));
      if (!(again.next() instanceof WriteContentResponse answer)) return false;
      assertEquals(1000, answer.getOffset());
      again.complete();
      return again.ends();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
