package io.gantry.itest;

import com.google.protobuf.ByteString;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.ReadContentRequest;
import io.gantry.wire.content.ReadContentResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A read of a blob that takes one message and stalls, until it wakes. */
final class FloodRead implements ClientResponseObserver<ReadContentRequest, ReadContentResponse> {
  private static final long PATIENCE_SECONDS = 120;
  private final ByteString expected;
  private final CountDownLatch first = new CountDownLatch(1);
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private ClientCallStreamObserver<ReadContentRequest> call;
  private int at;

  private FloodRead(ByteString expected) {
    this.expected = expected;
  }

  static FloodRead begin(ManagedChannel channel, String digest, ByteString expected) {
    var read = new FloodRead(expected);
    ApiClient.named(ContentGrpc.newStub(channel)).read(ReadContentRequest.newBuilder().setDigest(digest).build(), read);
    return read;
  }

  boolean begun() {
    return first.getCount() == 0;
  }

  void wake() {
    call.request(Integer.MAX_VALUE);
  }

  /** Waits for its end; what went wrong, or empty. */
  String wrong() throws Exception {
    Status said = end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (!said.isOk()) return said.toString();
    return at == expected.size() ? "" : "it ended at " + at + " of " + expected.size() + " bytes";
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ReadContentRequest> begun) {
    call = begun;
    call.disableAutoRequestWithInitial(1);
  }

  @Override
  public void onNext(ReadContentResponse piece) {
    int to = at + piece.getData().size();
    boolean right = piece.getOffset() == at && to <= expected.size() && expected.substring(at, to).equals(piece.getData());
    if (!right) throw new IllegalStateException("at " + at + ": other bytes than were written");
    at = to;
    first.countDown();
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
