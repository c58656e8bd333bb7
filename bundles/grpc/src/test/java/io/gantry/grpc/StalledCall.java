package io.gantry.grpc;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;

/**
 * A call whose client takes nothing.
 *
 * @param <Q> what it asks
 * @param <A> what it is answered
 */
final class StalledCall<Q, A> implements ClientResponseObserver<Q, A> {
  private ClientCallStreamObserver<Q> call;

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> begun) {
    call = begun;
    call.disableAutoRequestWithInitial(0);
  }

  @Override
  public void onNext(A piece) {
    throw new IllegalStateException("nothing was asked for");
  }

  @Override
  public void onError(Throwable e) {
    // the end of the test
  }

  @Override
  public void onCompleted() {
    // the same
  }

  void cancel() {
    call.cancel("the end", null);
  }
}
