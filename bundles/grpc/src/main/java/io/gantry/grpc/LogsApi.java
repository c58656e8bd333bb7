package io.gantry.grpc;

import com.google.protobuf.UnsafeByteOperations;
import io.gantry.service.task.Tasks;
import io.gantry.wire.logs.LogsGrpc;
import io.gantry.wire.logs.ReadLogRequest;
import io.gantry.wire.logs.ReadLogResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;

/** What containers wrote: of ours, for clients of ours. Who waits for more keeps a small piece of memory, who does not read no more. */
final class LogsApi extends LogsGrpc.LogsImplBase {
  private final Tasks tasks;
  private final FlowBudget budget;

  LogsApi(Tasks tasks, FlowBudget budget) {
    this.tasks = tasks;
    this.budget = budget;
  }

  @Override
  public void read(ReadLogRequest request, StreamObserver<ReadLogResponse> out) {
    ((ServerCallStreamObserver<?>) out).setOnReadyThreshold(1); // else several pieces wait in the transport for one that stalls
    FlowBudget.Share share = budget.share();
    Outflow.start(out, "api-log-read", to -> {
      to.atEnd(share::close);
      try (InputStream in = tasks.logs(Calls.scope(), request.getContainerId(), request.getFollow())) {
        long begin = begin(in, request);
        to.send(ReadLogResponse.newBuilder().setOffset(begin).build());
        send(in, begin, to, share);
      }
    });
  }

  private static long begin(InputStream in, ReadLogRequest request) throws IOException {
    long wanted = request.getOffset();
    if (wanted < 0) return in.skip(Long.MAX_VALUE);
    long begin = in.skip(wanted);
    if (begin == wanted) return begin;
    throw Statuses.error(Status.OUT_OF_RANGE, "out of range", "read the log of container '" + request.getContainerId() + "' from " + wanted
        + " on: it has " + begin + " bytes");
  }

  /** Each piece is read when the one before has gone. */
  private static void send(InputStream in, long begin, Outflow<ReadLogResponse> to, FlowBudget.Share share) throws IOException,
      InterruptedException {
    byte[] piece = {};
    long at = begin;
    while (true) {
      to.await();
      int size = share.next(Math.clamp(in.available(), FlowBudget.LEAST, FlowBudget.SMALL));
      if (piece.length != size) piece = new byte[size];
      int n = in.read(piece);
      if (n < 0) return;
      to.send(ReadLogResponse.newBuilder().setOffset(at).setData(UnsafeByteOperations.unsafeWrap(piece, 0, n)).build());
      at += n;
    }
  }
}
