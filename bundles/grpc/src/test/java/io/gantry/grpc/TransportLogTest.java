package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.types.Envelope;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransportLogTest {
  /** What the platform would write to the standard error. */
  private static final class Said extends Handler {
    private final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord r) {
      if (r.getLoggerName().startsWith("io.grpc")) all.add(r.getLoggerName() + ": " + r.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void whatFailsBelowCallsLeavesNoTraceOnTheStandardError(@TempDir Path root) throws Exception {
    var said = new Said();
    Logger top = Logger.getLogger("");
    top.addHandler(said);
    Path socket = root.resolve("fails.sock");
    try (var engine = new Engine(root); var failing = Listener.unix(socket, Engine.offer(new EventsGrpc.EventsImplBase() {
      @Override
      public void subscribe(SubscribeRequest request, StreamObserver<Envelope> out) {
        throw new IllegalStateException("a failure that nobody of ours catches");
      }
    }))) {
      ManagedChannel channel = engine.channel(socket);
      assertThrows(StatusRuntimeException.class, () -> EventsGrpc.newBlockingStub(channel).subscribe(SubscribeRequest.getDefaultInstance())
          .next());
      channel.shutdownNow();
    } finally {
      top.removeHandler(said);
    }
    assertEquals(List.of(), said.all);
  }
}
