package io.gantry.grpc;

import io.gantry.api.Mount;

/** Mounts on the wire. */
final class Mounted {
  private Mounted() {}

  static io.gantry.wire.types.Mount wire(Mount m) {
    return io.gantry.wire.types.Mount.newBuilder().setType(m.type()).setSource(m.source()).setTarget(m.target()).addAllOptions(m.options())
        .build();
  }

  static Mount of(io.gantry.wire.types.Mount m) {
    return new Mount(m.getType(), m.getSource(), m.getTarget(), m.getOptionsList());
  }
}
