package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.wire.images.ImagesGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransportLogTest {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };

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
  void whatIsNoMessageLeavesNoTraceOnTheStandardError(@TempDir Path root) throws Exception {
    var said = new Said();
    Logger top = Logger.getLogger("");
    top.addHandler(said);
    try (var engine = new Engine(root)) {
      var create = MethodDescriptor.newBuilder(BYTES, BYTES).setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(ImagesGrpc.getCreateMethod().getFullMethodName()).build();
      assertThrows(StatusRuntimeException.class,
          () -> ClientCalls.blockingUnaryCall(engine.channel, create, CallOptions.DEFAULT, new byte[] {0x0a, 0x7f, 1}));
    } finally {
      top.removeHandler(said);
    }
    assertEquals(List.of(), said.all);
  }
}
