package io.gantry.grpc;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.util.List;
import java.util.Optional;

/** Descriptors on the wire. */
final class Descriptors {
  private Descriptors() {}

  static io.gantry.wire.types.Descriptor wire(Descriptor d) {
    return io.gantry.wire.types.Descriptor.newBuilder().setMediaType(d.mediaType()).setDigest(d.digest().toString()).setSize(d.size())
        .putAllAnnotations(d.annotations()).build();
  }

  static Descriptor of(io.gantry.wire.types.Descriptor d) {
    return new Descriptor(d.getMediaType(), Digest.parse(d.getDigest()), d.getSize(), d.getAnnotationsMap(), Optional.empty(), List.of());
  }
}
