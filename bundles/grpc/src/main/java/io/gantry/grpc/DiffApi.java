package io.gantry.grpc;

import io.gantry.api.Mount;
import io.gantry.service.unpack.Unpacker;
import io.gantry.wire.diff.ApplyRequest;
import io.gantry.wire.diff.ApplyResponse;
import io.gantry.wire.diff.DiffGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** From layers to trees, and back. */
final class DiffApi extends DiffGrpc.DiffImplBase {
  private final Unpacker unpacker;

  DiffApi(Unpacker unpacker) {
    this.unpacker = unpacker;
  }

  @Override
  public void apply(ApplyRequest request, StreamObserver<ApplyResponse> out) {
    Calls.unary(out, () -> {
      List<Mount> mounts = request.getMountsList().stream().map(Mounted::of).toList();
      var applied = unpacker.apply(Calls.scope(), Descriptors.of(request.getDiff()), mounts);
      return ApplyResponse.newBuilder().setApplied(Descriptors.wire(applied)).build();
    });
  }
}
