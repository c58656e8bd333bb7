package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.streaming.StreamingGrpc;
import io.gantry.wire.transfertypes.Data;
import io.gantry.wire.transfertypes.WindowUpdate;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;

/** A stream as containerd's client opens it. */
final class StreamCall {
  /** What its windows are of. */
  static final int WINDOW = 64 << 10;

  private final Inbox<Any> came = new Inbox<>();
  private final StreamObserver<Any> to;

  private StreamCall(StreamingGrpc.StreamingStub stub) {
    to = stub.stream(came);
  }

  /** Says nothing. */
  static StreamCall silent(Channel channel, String namespace) {
    return new StreamCall(Engine.in(namespace, StreamingGrpc.newStub(channel)));
  }

  /** Begins with any message. */
  static StreamCall begin(Channel channel, String namespace, Any first) {
    StreamCall call = silent(channel, namespace);
    call.to.onNext(first);
    return call;
  }

  static StreamCall open(Engine engine, String namespace, String name) throws InterruptedException {
    StreamCall call = begin(engine.channel, namespace, Anys.wire(StreamInit.newBuilder().setId(name).build()));
    Any answer = call.message().orElseThrow();
    if (!answer.getTypeUrl().equals("google.protobuf.Empty")) throw new AssertionError("came " + answer);
    return call;
  }

  static StreamCall open(Engine engine, String name) throws InterruptedException {
    return open(engine, "default", name);
  }

  void send(Message message) {
    to.onNext(Anys.wire(message));
  }

  void complete() {
    to.onCompleted();
  }

  void vanish() {
    to.onError(Status.CANCELLED.asRuntimeException());
  }

  Object next() throws InterruptedException {
    return came.next();
  }

  /** What has come by now. */
  int waiting() {
    return came.waiting();
  }

  /** The next message; empty at the server's end. */
  Optional<Any> message() throws InterruptedException {
    Object next = next();
    if (next instanceof Any any) return Optional.of(any);
    if (Boolean.TRUE.equals(next)) return Optional.empty();
    throw new AssertionError("expected a message, came " + next);
  }

  Status.Code refused() throws InterruptedException {
    return refusal().getCode();
  }

  Status refusal() throws InterruptedException {
    Object next = next();
    if (next instanceof StatusRuntimeException e) return e.getStatus();
    throw new AssertionError("expected an error, came " + next);
  }

  /** Sends bytes by credit, as containerd's client does, and ends. */
  void upload(byte[] bytes) throws InterruptedException, IOException {
    long credit = 0;
    for (int at = 0; at < bytes.length; ) {
      while (credit == 0) credit += Anys.read(message().orElseThrow(), WindowUpdate.getDefaultInstance()).orElseThrow().getUpdate();
      int n = (int) Math.min(Math.min(32 << 10, credit), bytes.length - at);
      send(Data.newBuilder().setData(ByteString.copyFrom(bytes, at, n)).build());
      at += n;
      credit -= n;
    }
    complete();
  }

  /** Takes bytes, giving credit as containerd's client does, to the server's end. */
  byte[] download() throws InterruptedException, IOException {
    var all = new ByteArrayOutputStream();
    long window = 0;
    while (true) {
      if (window < WINDOW) {
        send(WindowUpdate.newBuilder().setUpdate(WINDOW).build());
        window += WINDOW;
      }
      Optional<Any> next = message();
      if (next.isEmpty()) return all.toByteArray();
      byte[] data = Anys.read(next.get(), Data.getDefaultInstance()).orElseThrow().getData().toByteArray();
      window -= data.length;
      if (window < 0) throw new AssertionError("came " + -window + " bytes more than there was credit for");
      all.writeBytes(data);
    }
  }
}
