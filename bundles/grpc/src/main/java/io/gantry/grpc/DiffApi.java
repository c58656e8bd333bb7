package io.gantry.grpc;

import io.gantry.api.Descriptor;
import io.gantry.api.Mount;
import io.gantry.api.UnsupportedException;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.wire.diff.ApplyRequest;
import io.gantry.wire.diff.ApplyResponse;
import io.gantry.wire.diff.DiffGrpc;
import io.gantry.wire.diff.DiffResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
      return ApplyResponse.newBuilder().setApplied(Descriptors.wire(applied(request, mounts))).build();
    });
  }

  /** Payloads are for programs that a layer's type calls for: a layer of another type does without, as containerd has it. */
  private Descriptor applied(ApplyRequest request, List<Mount> mounts) throws IOException {
    Descriptor layer = Descriptors.of(request.getDiff());
    try {
      return request.getSyncFs() ? unpacker.applyToDisk(Calls.scope(), layer, mounts) : unpacker.apply(Calls.scope(), layer, mounts);
    } catch (UnsupportedException e) {
      if (request.getPayloadsCount() == 0) throw e;
      throw new UnsupportedException(e.getMessage() + "; its payloads (" + String.join(", ", request.getPayloadsMap().keySet())
          + ") are for a stream processor, such as one that decrypts, and this manager has none", e);
    }
  }

  @Override
  public void diff(io.gantry.wire.diff.DiffRequest request, StreamObserver<DiffResponse> out) {
    Calls.unary(out, () -> {
      List<Mount> left = request.getLeftList().stream().map(Mounted::of).toList();
      List<Mount> right = request.getRightList().stream().map(Mounted::of).toList();
      var made = unpacker.diff(Calls.scope(), left, right, asked(request));
      return DiffResponse.newBuilder().setDiff(Descriptors.wire(made)).build();
    });
  }

  private static DiffRequest asked(io.gantry.wire.diff.DiffRequest r) {
    Optional<String> ref = r.getRef().isEmpty() ? Optional.empty() : Optional.of(r.getRef());
    Optional<Instant> epoch = r.hasSourceDateEpoch() ? Optional.of(Times.of(r.getSourceDateEpoch())) : Optional.empty();
    return new DiffRequest(r.getMediaType().isEmpty() ? DiffRequest.GZIP : r.getMediaType(), ref, r.getLabelsMap(), epoch);
  }
}
