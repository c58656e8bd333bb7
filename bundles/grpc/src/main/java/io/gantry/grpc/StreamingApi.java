package io.gantry.grpc;

import com.google.protobuf.Any;
import io.gantry.api.InvalidException;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.streaming.StreamingGrpc;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Opens streams that transfers then read from and write to: the first message names one, and is answered when it is open. */
final class StreamingApi extends StreamingGrpc.StreamingImplBase {
  private final Streams streams;
  private final FlowBudget budget;

  StreamingApi(Streams streams, FlowBudget budget) {
    this.streams = streams;
    this.budget = budget;
  }

  @Override
  public StreamObserver<Any> stream(StreamObserver<Any> observer) {
    var out = (ServerCallStreamObserver<Any>) observer;
    out.disableAutoRequest();
    Opening call;
    try {
      call = new Opening(out, streams.enter(Calls.scope()));
    } catch (IOException | RuntimeException e) {
      out.onError(Statuses.of(e));
      return new Refused();
    }
    out.setOnReadyHandler(call::ready);
    out.setOnCancelHandler(call::gone);
    out.setOnCloseHandler(call::gone);
    out.request(1);
    Thread.ofVirtual().name("api-stream").start(call::await);
    return call;
  }

  /** What a client says that was told an error. */
  private static final class Refused implements StreamObserver<Any> {
    @Override
    public void onNext(Any message) {
      // It did not know yet.
    }

    @Override
    public void onError(Throwable e) {
      // Nothing is held for it.
    }

    @Override
    public void onCompleted() {
      // It was told its end.
    }
  }

  /** One call. The transport calls it one after the other; who settles how it begins, a message, its end or the clock, is the first. */
  private final class Opening implements StreamObserver<Any> {
    private final ServerCallStreamObserver<Any> out;
    private final Streams.Place place;
    private final AtomicBoolean unsettled = new AtomicBoolean(true);
    private final CountDownLatch settled = new CountDownLatch(1);
    private volatile NamedStream stream;

    Opening(ServerCallStreamObserver<Any> out, Streams.Place place) {
      this.out = out;
      this.place = place;
    }

    private boolean settle() {
      boolean first = unsettled.getAndSet(false);
      settled.countDown();
      return first;
    }

    /** Ends the call where the client says nothing. */
    void await() {
      Duration most = streams.unnamed();
      try {
        if (settled.await(most.toNanos(), TimeUnit.NANOSECONDS)) return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // nobody does; then as if the time was over
      }
      if (settle()) refuse(Statuses.error(Status.DEADLINE_EXCEEDED, "deadline exceeded", "a stream begins with a "
          + StreamInit.getDescriptor().getFullName() + ", and none came within " + most.toMillis() + " ms"));
    }

    private void refuse(Exception why) {
      place.leave();
      out.onError(Statuses.of(why));
    }

    @Override
    public void onNext(Any message) {
      if (stream != null) stream.came(message);
      else if (settle()) begin(message);
    }

    private void begin(Any message) {
      try {
        StreamInit init = Anys.read(message, StreamInit.getDefaultInstance()).orElseThrow(
            () -> new InvalidException("a stream begins with a " + StreamInit.getDescriptor().getFullName() + ", not with a '"
                + Anys.name(message) + "'"));
        var fresh = new NamedStream(init.getId(), out, budget.share(), s -> streams.remove(place, s));
        streams.add(place, fresh);
        stream = fresh;
        fresh.opened();
      } catch (IOException | RuntimeException e) {
        refuse(e);
      }
    }

    void ready() {
      if (stream != null) stream.ready();
    }

    void gone() {
      settle();
      place.leave();
      if (stream != null) stream.gone();
    }

    @Override
    public void onError(Throwable e) {
      gone();
    }

    @Override
    public void onCompleted() {
      if (stream != null) {
        stream.over();
      } else if (settle()) {
        place.leave();
        out.onCompleted();
      }
    }
  }
}
