package io.gantry.grpc;

import com.google.protobuf.ByteString;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/** A write as a client makes it, one message and one answer at a time. */
final class WriteCall {
  private final Inbox<WriteContentResponse> came = new Inbox<>();
  private final StreamObserver<WriteContentRequest> to;

  WriteCall(ContentGrpc.ContentStub stub) {
    to = stub.write(came);
  }

  static WriteContentRequest.Builder message(WriteAction action, String ref) {
    return WriteContentRequest.newBuilder().setAction(action).setRef(ref);
  }

  static WriteContentRequest.Builder data(long offset, byte[] bytes) {
    return WriteContentRequest.newBuilder().setAction(WriteAction.WRITE).setOffset(offset).setData(ByteString.copyFrom(bytes));
  }

  void send(WriteContentRequest.Builder message) {
    to.onNext(message.build());
  }

  /** Sends and takes the answer. */
  WriteContentResponse say(WriteContentRequest.Builder message) throws InterruptedException {
    send(message);
    Object next = next();
    if (next instanceof WriteContentResponse answer) return answer;
    throw new AssertionError("expected an answer, came " + next);
  }

  /** Sends and takes the error. */
  Status refused(WriteContentRequest.Builder message) throws InterruptedException {
    send(message);
    Object next = next();
    if (next instanceof StatusRuntimeException e) return e.getStatus();
    throw new AssertionError("expected an error, came " + next);
  }

  /** Whether the server ends the stream now. */
  boolean ends() throws InterruptedException {
    return Boolean.TRUE.equals(next());
  }

  /** Ends the client's side. */
  void complete() {
    to.onCompleted();
  }

  /** Goes away. */
  void vanish() {
    to.onError(Status.CANCELLED.asRuntimeException());
  }

  Object next() throws InterruptedException {
    return came.next();
  }
}
