package io.gantry.itest;

import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.types.Envelope;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A subscriber of the flood that takes each event as it comes. */
final class FloodListener implements ClientResponseObserver<SubscribeRequest, Envelope> {
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private final List<String> came = new ArrayList<>();
  private final CountDownLatch all;
  private ClientCallStreamObserver<SubscribeRequest> call;

  /**
   * @param topic whose events are taken
   * @param expected how many
   */
  FloodListener(ManagedChannel channel, String topic, int expected) {
    all = new CountDownLatch(expected);
    EventsGrpc.newStub(channel).subscribe(SubscribeRequest.newBuilder().addFilters("topic==\"" + topic + "\"").build(), this);
  }

  /** Values of the events in the order in which they came, once all are there; less where they do not all come. */
  List<String> values() throws Exception {
    boolean complete = all.await(30, TimeUnit.SECONDS);
    call.cancel("it has all", null);
    if (!complete) throw new AssertionError(all.getCount() + " events did not come; " + end.getNow(Status.OK));
    return List.copyOf(came);
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<SubscribeRequest> begun) {
    call = begun;
  }

  @Override
  public void onNext(Envelope e) {
    came.add(e.getEvent().getValue().toStringUtf8());
    all.countDown();
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
