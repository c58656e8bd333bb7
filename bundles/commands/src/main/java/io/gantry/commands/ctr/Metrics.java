package io.gantry.commands.ctr;

import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a container uses, of the messages that containerd has for cgroups.
 *
 * @param cpu time on processors
 * @param memoryLimitBytes empty where there is none
 */
record Metrics(Duration cpu, long memoryBytes, OptionalLong memoryLimitBytes, long processes) {
  private static final String V1 = "io.containerd.cgroups.v1.Metrics";
  private static final String V2 = "io.containerd.cgroups.v2.Metrics";
  /** No limit is the largest number of pages (v1), or of bytes (v2). */
  private static final long UNLIMITED = Long.MAX_VALUE - (1 << 20);

  /** @throws UnsupportedException the runtime tells it in another form */
  static Metrics parse(Typed stats) throws IOException {
    String type = stats.typeUrl().substring(stats.typeUrl().lastIndexOf('/') + 1);
    byte[] m = stats.value();
    try {
      return switch (type) {
        case V1 -> of(Duration.ofNanos(number(m, 3, 1, 1)), number(m, 4, 33, 2), number(m, 4, 33, 1), number(m, 2, 1));
        case V2 -> of(Duration.ofNanos(number(m, 2, 1) * 1000), number(m, 4, 32), number(m, 4, 33), number(m, 1, 1));
        default -> throw new UnsupportedException("what a container uses is told as " + type + ", expected " + V1 + " or " + V2);
      };
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("what a container uses is told as " + type + ", and is no message of that type", e);
    }
  }

  private static Metrics of(Duration cpu, long memory, long limit, long processes) {
    return new Metrics(cpu, memory, limit <= 0 || limit >= UNLIMITED ? OptionalLong.empty() : OptionalLong.of(limit), processes);
  }

  /** A number by the fields on the way to it; 0 where one is not there, as protocol buffers have it. */
  private static long number(byte[] message, int... path) {
    byte[] in = message;
    for (int i = 0; i < path.length - 1; i++) {
      Optional<byte[]> next = field(in, path[i]).map(f -> f instanceof byte[] b ? b : new byte[0]);
      if (next.isEmpty()) return 0;
      in = next.get();
    }
    return field(in, path[path.length - 1]).map(f -> f instanceof Long n ? n : 0L).orElse(0L);
  }

  private static Optional<Object> field(byte[] message, int wanted) {
    ByteBuffer in = ByteBuffer.wrap(message);
    Object found = null;
    while (in.hasRemaining()) {
      int tag = (int) varint(in);
      Object value = switch (tag & 7) {
        case 0 -> varint(in);
        case 1 -> bytes(in, 8);
        case 2 -> bytes(in, varint(in));
        case 5 -> bytes(in, 4);
        default -> throw new IllegalArgumentException("wire type " + (tag & 7));
      };
      if (tag >>> 3 == wanted) found = value;
    }
    return Optional.ofNullable(found);
  }

  private static byte[] bytes(ByteBuffer in, long length) {
    if (length < 0 || length > in.remaining()) throw new IllegalArgumentException("a field of " + length + " bytes");
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) return value;
    }
    throw new IllegalArgumentException("a number of more than ten bytes");
  }
}
