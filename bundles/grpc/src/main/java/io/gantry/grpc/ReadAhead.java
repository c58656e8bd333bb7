package io.gantry.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.api.Digest;
import io.gantry.service.content.Reader;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Small pieces of blobs. Many clients read a blob by 32 KiB, each piece a call: who goes on where a call ended gets the next ones from what
 * was read ahead, without waiting for anybody. So a blob that was removed elsewhere may be read on for up to a second.
 */
final class ReadAhead {
  /** Larger ones are read as they are asked for. */
  static final int PIECE_BYTES = 1 << 16;

  private static final int WINDOW_BYTES = 1 << 19;
  private static final int WINDOWS = 4;
  private static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A blob as a namespace sees it. */
  private record Blob(String namespace, String digest) {}

  /** Where a piece ended. */
  private record Place(Blob blob, long offset) {}

  /** Bytes from a place on, as long as there is memory for them. */
  private record Window(long begin, int length, SoftReference<byte[]> bytes, long readAt) {
    Optional<ByteString> piece(long offset, long size) {
      byte[] all = bytes.get();
      if (all == null || offset < begin || size <= 0 || offset - begin > length - size || System.nanoTime() - readAt > LASTING_NANOS) {
        return Optional.empty();
      }
      return Optional.of(UnsafeByteOperations.unsafeWrap(all, (int) (offset - begin), (int) size));
    }

    long end() {
      return begin + length;
    }
  }

  private final Map<Blob, Window> windows = few();
  private final Map<Place, Boolean> ends = few();

  private static <K, V> Map<K, V> few() {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > WINDOWS;
      }
    };
  }

  /** A piece of what was read ahead for this namespace; empty where it has to be read. Never waits. */
  Optional<ByteString> peek(String namespace, String digest, long offset, long size) {
    return take(new Blob(namespace, digest), offset, size);
  }

  /**
   * Reads a piece, and those behind it where a piece ended here.
   *
   * @param reader of the blob, which the namespace has
   * @param size of the piece, which is within the blob and at most {@link #PIECE_BYTES}
   */
  ByteString read(String namespace, Reader reader, Digest digest, long offset, int size) throws IOException {
    var blob = new Blob(namespace, digest.toString());
    boolean goesOn;
    synchronized (this) {
      goesOn = ends.remove(new Place(blob, offset)) != null;
    }
    byte[] bytes = new byte[goesOn ? (int) Math.min(WINDOW_BYTES, reader.size() - offset) : size];
    fill(reader, offset, bytes);
    if (bytes.length > size) keep(blob, new Window(offset, bytes.length, new SoftReference<>(bytes), System.nanoTime()));
    else ended(blob, offset + size);
    return UnsafeByteOperations.unsafeWrap(bytes, 0, size);
  }

  private synchronized Optional<ByteString> take(Blob blob, long offset, long size) {
    Window window = windows.get(blob);
    if (window == null) return Optional.empty();
    Optional<ByteString> piece = window.piece(offset, size);
    if (piece.isEmpty() || offset + size == window.end()) {
      windows.remove(blob);
      ends.put(new Place(blob, piece.isEmpty() ? offset : window.end()), true);
    }
    return piece;
  }

  private synchronized void keep(Blob blob, Window window) {
    windows.remove(blob);
    windows.put(blob, window);
  }

  private synchronized void ended(Blob blob, long offset) {
    ends.put(new Place(blob, offset), true);
  }

  /** Nothing more of it is answered from here. */
  synchronized void forget(String namespace, Digest digest) {
    windows.remove(new Blob(namespace, digest.toString()));
  }

  private static void fill(Reader reader, long offset, byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; ) {
      int n = reader.read(offset + at, ByteBuffer.wrap(bytes, at, bytes.length - at));
      if (n <= 0) throw new IOException("a blob ends at " + (offset + at) + ", expected " + (offset + bytes.length) + " bytes at least");
      at += n;
    }
  }
}
