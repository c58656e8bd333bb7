package io.gantry.itest;

import com.google.protobuf.ByteString;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A write of one message, and what became of it. */
final class FloodWrite implements StreamObserver<WriteContentResponse> {
  private final CompletableFuture<Status> end = new CompletableFuture<>();

  private FloodWrite() {}

  static FloodWrite begin(ManagedChannel channel, String ref, ByteString bytes) {
    var write = new FloodWrite();
    var to = ApiClient.named(ContentGrpc.newStub(channel)).write(write);
    to.onNext(WriteContentRequest.newBuilder().setAction(WriteAction.WRITE).setRef(ref).setData(bytes).build());
    to.onCompleted();
    return write;
  }

  boolean ended() {
    return end.isDone();
  }

  Status end() throws Exception {
    return end.get(60, TimeUnit.SECONDS);
  }

  @Override
  public void onNext(WriteContentResponse answer) {
    // its status tells where it stands
  }

  @Override
  public void onError(Throwable e) {
    end.complete(Status.fromThrowable(e));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
