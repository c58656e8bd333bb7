package io.gantry.metadata.mapdb;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Numbers and records as bytes of a frame's payload. */
final class Bytes extends ByteArrayOutputStream {
  private final byte[] number = new byte[8];

  void u32(int v) {
    ByteBuffer.wrap(number).putInt(v);
    write(number, 0, 4);
  }

  void u64(long v) {
    ByteBuffer.wrap(number).putLong(v);
    write(number, 0, 8);
  }

  void entry(Entry e) {
    u32(e.key().length);
    writeBytes(e.key());
    u64(e.revision());
    u32(e.value().length);
    writeBytes(e.value());
  }

  static Entry entry(ByteBuffer from) {
    byte[] key = new byte[from.getInt()];
    from.get(key);
    long revision = from.getLong();
    byte[] value = new byte[from.getInt()];
    from.get(value);
    return new Entry(key, revision, value);
  }

  /** The buffer itself, of which the first {@link #size} bytes count; not copied, since a payload can be large. */
  byte[] array() {
    return buf;
  }
}
