package io.gantry.grpc;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What comes on a stream: a message, an error, or the end as Boolean. */
final class Inbox<T> implements StreamObserver<T> {
  private final BlockingQueue<Object> came = new LinkedBlockingQueue<>();

  @Override
  public void onNext(T message) {
    came.add(message);
  }

  @Override
  public void onError(Throwable e) {
    came.add(e);
  }

  @Override
  public void onCompleted() {
    came.add(true);
  }

  Object next() throws InterruptedException {
    Object next = came.poll(20, TimeUnit.SECONDS);
    if (next == null) throw new AssertionError("nothing came within 20 s");
    return next;
  }

  /** How many have come by now. */
  int waiting() {
    return came.size();
  }
}
