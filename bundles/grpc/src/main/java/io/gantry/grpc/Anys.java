package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.gantry.api.Typed;

/** Bytes of a named type; the name stays as it was written: containerd's are bare, without {@code type.googleapis.com/}. */
final class Anys {
  private Anys() {}

  static Typed of(Any any) {
    return new Typed(any.getTypeUrl(), any.getValue().toByteArray());
  }

  static Any wire(Typed typed) {
    return Any.newBuilder().setTypeUrl(typed.typeUrl()).setValue(ByteString.copyFrom(typed.value())).build();
  }
}
