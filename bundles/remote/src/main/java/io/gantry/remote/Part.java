package io.gantry.remote;

import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.ReadContentRequest;
import io.gantry.wire.content.ReadContentResponse;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a blob as one message of Read brings it. It is taken off the wire here, and not by the generated class: that would copy the
 * bytes three times, and into one array of a megabyte, which collectors of garbage are slow with.
 *
 * @param offset where it begins
 * @param bytes its bytes, in arrays of {@value #PIECE_BYTES} at most
 */
record Part(long offset, List<byte[]> bytes) {
  /** Read, with answers of this type. */
  static final MethodDescriptor<ReadContentRequest, Part> READ =
      ContentGrpc.getReadMethod().toBuilder(ContentGrpc.getReadMethod().getRequestMarshaller(), new Marshaller()).build();

  private static final int PIECE_BYTES = 256 * 1024;

  /** Reads {@link ReadContentResponse}; what it does not know is passed over. */
  private static final class Marshaller implements MethodDescriptor.Marshaller<Part> {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;
    private static final int OFFSET = ReadContentResponse.OFFSET_FIELD_NUMBER << 3 | VARINT;
    private static final int DATA = ReadContentResponse.DATA_FIELD_NUMBER << 3 | LENGTH;

    @Override
    public InputStream stream(Part value) {
      throw new UnsupportedOperationException("a client sends no parts");
    }

    @Override
    public Part parse(InputStream in) {
      try {
        long offset = 0;
        List<byte[]> bytes = new ArrayList<>();
        for (int first = in.read(); first >= 0; first = in.read()) {
          int tag = (int) varint(in, first);
          if (tag == OFFSET) offset = varint(in, in.read());
          else if (tag == DATA) bytes = pieces(in, varint(in, in.read()));
          else skip(in, tag & 7);
        }
        return new Part(offset, bytes);
      } catch (IOException e) {
        throw Status.INTERNAL.withDescription("a piece of a blob cannot be read: " + e.getMessage()).withCause(e).asRuntimeException();
      }
    }

    private static List<byte[]> pieces(InputStream in, long length) throws IOException {
      if (length < 0 || length > Link.MESSAGE_BYTES) throw new IOException("it is said to have " + length + " bytes");
      List<byte[]> all = new ArrayList<>();
      for (long left = length; left > 0; left -= all.getLast().length) {
        byte[] piece = new byte[(int) Math.min(PIECE_BYTES, left)];
        if (in.readNBytes(piece, 0, piece.length) < piece.length) {
          throw new IOException("it is shorter than the " + length + " bytes it says");
        }
        all.add(piece);
      }
      return all;
    }

    private static void skip(InputStream in, int kind) throws IOException {
      switch (kind) {
        case VARINT -> varint(in, in.read());
        case FIXED64 -> in.skipNBytes(Long.BYTES);
        case LENGTH -> in.skipNBytes(varint(in, in.read()));
        case FIXED32 -> in.skipNBytes(Integer.BYTES);
        default -> throw new IOException("it has a field of kind " + kind);
      }
    }

    private static long varint(InputStream in, int first) throws IOException {
      long value = 0;
      int b = first;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        if (b < 0) throw new IOException("it ends within a number");
        value |= (long) (b & 0x7f) << shift;
        if (b < 0x80) return value;
        b = in.read();
      }
      throw new IOException("it has a number that does not end");
    }
  }
}
