package io.gantry.kit.fault;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Shows a callee less of a buffer than there is. */
final class Buffers {
  private Buffers() {}

  /** What is done with a buffer. */
  @FunctionalInterface
  interface Use<N> {
    N with(ByteBuffer buffer) throws IOException;
  }

  static <N> N upTo(int most, ByteBuffer buffer, Use<N> use) throws IOException {
    int limit = buffer.limit();
    if (buffer.remaining() > most) buffer.limit(buffer.position() + most);
    try {
      return use.with(buffer);
    } finally {
      buffer.limit(limit);
    }
  }
}
