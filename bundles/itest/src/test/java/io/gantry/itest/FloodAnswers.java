package io.gantry.itest;

import io.gantry.wire.content.WriteContentResponse;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;

/** Counts what a write is answered. */
record FloodAnswers(CountDownLatch answered) implements StreamObserver<WriteContentResponse> {
  @Override
  public void onNext(WriteContentResponse answer) {
    answered.countDown();
  }

  @Override
  public void onError(Throwable e) {
    // told by what is missing
  }

  @Override
  public void onCompleted() {
    // told by what is missing
  }
}
