package io.gantry.runtime.shim;

import io.gantry.api.InvalidException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/** Reads a message of protocol buffers field by field; unknown fields are passed over by not asking for them. */
final class ProtoReader {
  private final byte[] in;
  private final String what;
  private int position;
  private int tag;
  private long number;
  private byte[] bytes;

  /** @param what names the message in errors */
  ProtoReader(byte[] in, String what) {
    this.in = in;
    this.what = what;
  }

  /**
   * Goes to the next field.
   *
   * @return false at the end
   * @throws InvalidException the bytes are no message
   */
  boolean next() throws InvalidException {
    if (position == in.length) return false;
    tag = (int) varint();
    bytes = null;
    switch (tag & 7) {
      case 0 -> number = varint();
      case 1 -> bytes = take(8);
      case 2 -> {
        long length = varint();
        if (length < 0 || length > in.length - position) throw broken("a field of " + length + " bytes");
        bytes = take((int) length);
      }
      case 5 -> bytes = take(4);
      default -> throw broken("wire type " + (tag & 7));
    }
    return true;
  }

  int field() {
    return tag >>> 3;
  }

  boolean isNumber() {
    return (tag & 7) == 0;
  }

  long number() throws InvalidException {
    if ((tag & 7) != 0) throw broken("bytes in field " + field() + ", expected a number");
    return number;
  }

  byte[] bytes() throws InvalidException {
    if ((tag & 7) != 2) throw broken("a number in field " + field() + ", expected bytes");
    return bytes;
  }

  String text() throws InvalidException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  ProtoReader message() throws InvalidException {
    return new ProtoReader(bytes(), what);
  }

  /** A {@code google.protobuf.Timestamp}. */
  Instant time() throws InvalidException {
    long seconds = 0;
    long nanos = 0;
    for (ProtoReader t = message(); t.next(); ) {
      if (t.field() == 1) seconds = t.number();
      else if (t.field() == 2) nanos = t.number();
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  private long varint() throws InvalidException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position == in.length) throw broken("an end within a number");
      byte b = in[position++];
      value |= (b & 0x7fL) << shift;
      if (b >= 0) return value;
    }
    throw broken("a number of more than ten bytes");
  }

  private byte[] take(int length) throws InvalidException {
    if (length > in.length - position) throw broken("an end within a field");
    position += length;
    return Arrays.copyOfRange(in, position - length, position);
  }

  private InvalidException broken(String found) {
    return new InvalidException(what + " is no message of protocol buffers: found " + found + " at byte " + position + " of " + in.length);
  }
}
