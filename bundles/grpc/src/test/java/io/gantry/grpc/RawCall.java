package io.gantry.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A call whose client sends bytes, whatever they are. */
final class RawCall {
  /** A field of 127 bytes, of which one came. */
  static final byte[] CUT = {0x0a, 0x7f, 1};

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

  private final Inbox<byte[]> came = new Inbox<>();
  private final StreamObserver<byte[]> to;

  RawCall(Channel channel, MethodDescriptor<?, ?> method) {
    var headers = new Metadata();
    headers.put(Calls.NAMESPACE, "default");
    var raw = MethodDescriptor.newBuilder(BYTES, BYTES).setType(method.getType()).setFullMethodName(method.getFullMethodName()).build();
    var named = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    to = ClientCalls.asyncBidiStreamingCall(named.newCall(raw, CallOptions.DEFAULT), came);
  }

  RawCall send(byte[] message) {
    to.onNext(message);
    return this;
  }

  RawCall complete() {
    to.onCompleted();
    return this;
  }

  /** A message, an error, or the end as Boolean. */
  Object next() throws InterruptedException {
    return came.next();
  }
}
