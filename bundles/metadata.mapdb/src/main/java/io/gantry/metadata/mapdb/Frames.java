package io.gantry.metadata.mapdb;

import io.gantry.api.CorruptException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The form that journal and snapshot share: a header, then frames of {@code salt, length, CRC32C, payload}.
 *
 * <p>The salt is random per file and stands before each frame, so that bytes of a record are never taken for a frame. A header is always
 * whole, since files get their name when they are synced.
 */
final class Frames {
  static final int HEADER = 32;
  private static final int FRAME = 16;
  private static final int CHUNK = 1 << 20;

  /** What a file starts with. */
  record Header(long magic, long salt, long base) {
    ByteBuffer bytes() {
      ByteBuffer b = ByteBuffer.allocate(HEADER).putLong(magic).putLong(salt).putLong(base);
      return b.putInt((int) crc(b.array(), 0, 24)).putInt(0).flip();
    }
  }

  /** What to do with the payload of a frame that is whole. */
  @FunctionalInterface
  interface Sink {
    void payload(ByteBuffer payload) throws IOException;
  }

  private Frames() {}

  /** A frame ready to be written. */
  static ByteBuffer frame(long salt, byte[] payload, int length) {
    ByteBuffer b = ByteBuffer.allocate(FRAME + length).putLong(salt).putInt(length).putInt(sum(salt, payload, 0, length));
    return b.put(payload, 0, length).flip();
  }

  static Header header(Path file, long magic) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer b = ByteBuffer.allocate(HEADER);
      while (b.hasRemaining() && in.read(b) > 0) continue;
      if (b.hasRemaining()) throw damaged(file, b.position(), "a header of " + HEADER + " bytes", b.position() + " bytes");
      b.flip();
      Header h = new Header(b.getLong(), b.getLong(), b.getLong());
      if (h.magic != magic || b.getInt() != (int) crc(b.array(), 0, 24)) {
        throw damaged(file, 0, "a header of this kind with its checksum", "other bytes");
      }
      return h;
    }
  }

  /**
   * Reads frame after frame.
   *
   * @return where the last whole frame ends; what follows is the torn end of a write that never was acknowledged
   * @throws CorruptException a broken frame has a whole one behind it: a write starts when the one before it is on disk, so this is damage
   */
  static long read(Path file, Header header, Sink sink) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      var window = new Window(in);
      long at = HEADER;
      while (true) {
        int length = whole(window, header.salt, at);
        if (length < 0) break;
        sink.payload(ByteBuffer.wrap(window.bytes, window.index(at) + FRAME, length).slice());
        at += FRAME + length;
      }
      for (long later = at + 1; (later = window.find(header.salt, later)) >= 0; later++) {
        if (whole(window, header.salt, later) >= 0) {
          throw damaged(file, at, "a frame with its checksum", "other bytes, and a whole frame at " + later);
        }
      }
      return at;
    }
  }

  /** Length of the payload of a whole frame at this position, or -1. */
  private static int whole(Window window, long salt, long at) throws IOException {
    if (!window.load(at, FRAME)) return -1;
    ByteBuffer head = ByteBuffer.wrap(window.bytes, window.index(at), FRAME);
    if (head.getLong() != salt) return -1;
    int length = head.getInt();
    int sum = head.getInt();
    if (length < 0 || !window.load(at, FRAME + (long) length)) return -1;
    return sum(salt, window.bytes, window.index(at) + FRAME, length) == sum ? length : -1;
  }

  static CorruptException damaged(Path file, long at, String expected, String found) {
    return new CorruptException("the metadata store's file " + file + " is damaged at byte " + at + "; nothing was thrown away, take the"
        + " folder from a backup", expected, found);
  }

  private static int sum(long salt, byte[] payload, int from, int length) {
    var crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putLong(salt).putInt(length).flip());
    crc.update(payload, from, length);
    return (int) crc.getValue();
  }

  private static long crc(byte[] bytes, int from, int length) {
    var crc = new CRC32C();
    crc.update(bytes, from, length);
    return crc.getValue();
  }

  /** A part of a file in memory, moved along. */
  private static final class Window {
    private final FileChannel in;
    private final long size;
    private byte[] bytes = new byte[CHUNK];
    private long start;
    private int length;

    Window(FileChannel in) throws IOException {
      this.in = in;
      this.size = in.size();
    }

    int index(long at) {
      return (int) (at - start);
    }

    /** Has the bytes in memory; false where the file ends before. */
    boolean load(long at, long count) throws IOException {
      if (at + count > size || count > Integer.MAX_VALUE - 16) return false;
      if (at >= start && at + count <= start + length) return true;
      if (count > bytes.length) bytes = new byte[(int) count];
      int want = (int) Math.min(bytes.length, size - at);
      for (length = 0, start = at; length < want; ) {
        int n = in.read(ByteBuffer.wrap(bytes, length, want - length), at + length);
        if (n < 0) throw new EOFException("file became shorter while it was read");
        length += n;
      }
      return true;
    }

    /** The next place at or after {@code at} where the eight bytes of {@code salt} stand, or -1. */
    long find(long salt, long at) throws IOException {
      byte[] wanted = ByteBuffer.allocate(8).putLong(salt).array();
      for (long p = at; load(p, 8); ) {
        int end = length - 8;
        for (int i = index(p); i <= end; i++) {
          if (bytes[i] == wanted[0] && Arrays.equals(bytes, i, i + 8, wanted, 0, 8)) return start + i;
        }
        p = start + end + 1;
      }
      return -1;
    }
  }
}
