package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.gantry.api.InvalidException;
import io.gantry.api.Typed;
import java.util.Optional;

/** Bytes of a named type; the name stays as it was written: containerd's are bare, without {@code type.googleapis.com/}. */
final class Anys {
  private Anys() {}

  static Typed of(Any any) {
    return new Typed(any.getTypeUrl(), any.getValue().toByteArray());
  }

  /** A message under its bare name. */
  static Any wire(Message message) {
    return Any.newBuilder().setTypeUrl(message.getDescriptorForType().getFullName()).setValue(message.toByteString()).build();
  }

  /** Which message it says it is; what stands before the last {@code /} does not matter. */
  static String name(Any any) {
    return any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1);
  }

  /**
   * The message, if it says that it is one like {@code kind}.
   *
   * @throws InvalidException its bytes are not of that message
   */
  static <M extends Message> Optional<M> read(Any any, M kind) throws InvalidException {
    if (!name(any).equals(kind.getDescriptorForType().getFullName())) return Optional.empty();
    try {
      @SuppressWarnings("unchecked")
      M message = (M) kind.getParserForType().parseFrom(any.getValue());
      return Optional.of(message);
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidException("the bytes of a " + name(any) + " are none: " + e.getMessage(), e);
    }
  }

  static Any wire(Typed typed) {
    return Any.newBuilder().setTypeUrl(typed.typeUrl()).setValue(ByteString.copyFrom(typed.value())).build();
  }
}
