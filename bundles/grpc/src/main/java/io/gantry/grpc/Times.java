package io.gantry.grpc;

import com.google.protobuf.Timestamp;
import java.time.Instant;

/** Points in time on the wire. */
final class Times {
  private Times() {}

  static Timestamp of(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  static Instant of(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }
}
