package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.gantry.wire.content.ReadContentResponse;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pieces of blobs as they come off the wire. */
class PartTest {
  private static Part parse(byte[] message) {
    return Part.READ.parseResponse(new ByteArrayInputStream(message));
  }

  private static byte[] joined(Part part) {
    var all = new ByteArrayOutputStream();
    part.bytes().forEach(all::writeBytes);
    return all.toByteArray();
  }

  @Test
  void whatTheGeneratedClassWritesIsRead() {
    for (int size : new int[] {0, 1, 127, 128, 256 * 1024, 256 * 1024 + 1, 1 << 20}) {
      for (long offset : new long[] {0, 1, 300, 1L << 40}) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        var message = ReadContentResponse.newBuilder().setOffset(offset).setData(ByteString.copyFrom(bytes)).build();
        Part part = parse(message.toByteArray());
        assertEquals(offset, part.offset());
        assertArrayEquals(bytes, joined(part));
        assertTrue(part.bytes().stream().allMatch(b -> b.length <= 256 * 1024));
      }
    }
  }

  @Test
  void fieldsOfLaterVersionsArePassedOver() {
    var later = UnknownFieldSet.newBuilder()
        .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(1L << 50).addFixed32(7).addFixed64(8).build())
        .addField(100, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.copyFromUtf8("x".repeat(300))).build()).build();
    var message = ReadContentResponse.newBuilder().setOffset(5).setData(ByteString.copyFromUtf8("abc")).setUnknownFields(later).build();
    Part part = parse(message.toByteArray());
    assertEquals(5, part.offset());
    assertEquals("abc", new String(joined(part)));
  }

  @Test
  void brokenOnesAreErrors() {
    byte[] whole = ReadContentResponse.newBuilder().setOffset(300).setData(ByteString.copyFromUtf8("abc")).build().toByteArray();
    for (int length : new int[] {1, 2, 4, whole.length - 1}) {
      assertThrows(StatusRuntimeException.class, () -> parse(Arrays.copyOf(whole, length)), "of " + length + " bytes");
    }
    assertThrows(StatusRuntimeException.class, () -> parse(new byte[] {18, -1, -1, -1, -1, 127}), "too long");
    assertThrows(StatusRuntimeException.class, () -> parse(new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}), "endless");
    assertThrows(StatusRuntimeException.class, () -> parse(new byte[] {15}), "of no kind");
  }
}
