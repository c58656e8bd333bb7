package io.gantry.grpc;

import com.google.protobuf.Any;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.streaming.StreamingGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;

/** Opens streams that transfers then read from and write to: the first message names one, and is answered when it is open. */
final class StreamingApi extends StreamingGrpc.StreamingImplBase {
  private final Streams streams;

  StreamingApi(Streams streams) {
    this.streams = streams;
  }

  @Override
  public StreamObserver<Any> stream(StreamObserver<Any> observer) {
    var out = (ServerCallStreamObserver<Any>) observer;
    var call = new Opening(out, Calls.scope());
    out.disableAutoRequest();
    out.setOnReadyHandler(call::ready);
    out.setOnCancelHandler(call::gone);
    out.setOnCloseHandler(call::gone);
    out.request(1);
    return call;
  }

  /** One call. The transport calls it one after the other. */
  private final class Opening implements StreamObserver<Any> {
    private final ServerCallStreamObserver<Any> out;
    private final Scope scope;
    private volatile NamedStream stream;
    private boolean refused;

    Opening(ServerCallStreamObserver<Any> out, Scope scope) {
      this.out = out;
      this.scope = scope;
    }

    @Override
    public void onNext(Any message) {
      if (stream != null) {
        stream.came(message);
        return;
      }
      try {
        StreamInit init = Anys.read(message, StreamInit.getDefaultInstance()).orElseThrow(
            () -> new InvalidException("a stream begins with a " + StreamInit.getDescriptor().getFullName() + ", not with a '"
                + Anys.name(message) + "'"));
        var fresh = new NamedStream(init.getId(), out, s -> streams.remove(scope, s));
        streams.add(scope, fresh);
        stream = fresh;
        fresh.opened();
      } catch (IOException | RuntimeException e) {
        refused = true;
        out.onError(Statuses.of(e));
      }
    }

    void ready() {
      if (stream != null) stream.ready();
    }

    void gone() {
      if (stream != null) stream.gone();
    }

    @Override
    public void onError(Throwable e) {
      gone();
    }

    @Override
    public void onCompleted() {
      if (stream != null) stream.over();
      else if (!refused) out.onCompleted();
    }
  }
}
