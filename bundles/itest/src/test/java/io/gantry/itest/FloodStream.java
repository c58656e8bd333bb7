package io.gantry.itest;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.streaming.StreamingGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A stream for a transfer, of a client that says and reads no more than it is told to. */
final class FloodStream implements ClientResponseObserver<Any, Any> {
  private static final long PATIENCE_SECONDS = 30;
  /** What came: a message, or the end as Status. */
  private final BlockingQueue<Object> came = new LinkedBlockingQueue<>();

  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private ClientCallStreamObserver<Any> to;

  private FloodStream() {}

  /** Begins a call, and says nothing. */
  static FloodStream silent(ManagedChannel channel, String namespace) {
    var stream = new FloodStream();
    ApiClient.named(namespace, StreamingGrpc.newStub(channel)).stream(stream);
    return stream;
  }

  /** Names the stream, and does not read the answer. */
  static FloodStream unread(ManagedChannel channel, String namespace, String name) {
    FloodStream stream = silent(channel, namespace);
    stream.send(StreamInit.newBuilder().setId(name).build());
    return stream;
  }

  /** The same, and is told that it is open. */
  static FloodStream open(ManagedChannel channel, String namespace, String name) throws InterruptedException {
    FloodStream stream = unread(channel, namespace, name);
    stream.read();
    return stream;
  }

  void send(Message message) {
    to.onNext(Any.newBuilder().setTypeUrl(message.getDescriptorForType().getFullName()).setValue(message.toByteString()).build());
  }

  /** Takes one message. */
  Any read() throws InterruptedException {
    to.request(1);
    Object next = came.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (next instanceof Any message) return message;
    throw new AssertionError("expected a message, came " + next);
  }

  void vanish() {
    to.cancel("it vanishes", null);
  }

  /** How the server ends it. */
  Status.Code end() throws Exception {
    return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getCode();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Any> call) {
    to = call;
    call.disableAutoRequestWithInitial(0);
  }

  @Override
  public void onNext(Any message) {
    came.add(message);
  }

  @Override
  public void onError(Throwable e) {
    over(Status.fromThrowable(e));
  }

  @Override
  public void onCompleted() {
    over(Status.OK);
  }

  private void over(Status status) {
    end.complete(status);
    came.add(status);
  }
}
