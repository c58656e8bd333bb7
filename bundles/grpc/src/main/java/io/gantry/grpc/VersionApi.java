package io.gantry.grpc;

import com.google.protobuf.Empty;
import io.gantry.wire.version.VersionGrpc;
import io.gantry.wire.version.VersionResponse;
import io.grpc.stub.StreamObserver;

/** Which version answers. */
final class VersionApi extends VersionGrpc.VersionImplBase {
  private final VersionResponse version;

  VersionApi(String version, String revision) {
    this.version = VersionResponse.newBuilder().setVersion(version).setRevision(revision).build();
  }

  @Override
  public void version(Empty request, StreamObserver<VersionResponse> out) {
    Calls.unary(out, () -> version);
  }
}
