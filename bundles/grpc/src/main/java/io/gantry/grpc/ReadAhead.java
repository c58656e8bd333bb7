package io.gantry.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.api.Digest;
import io.gantry.service.content.Reader;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Small pieces of blobs. Many clients read a blob by 32 KiB, each piece a call: who goes on where a call ended gets the next ones from what
 * was read ahead, without waiting for anybody. What is removed by calls of this API is told here, and nothing of it is answered after that;
 * a blob that was removed elsewhere may be read on for up to a second.
 */
final class ReadAhead {
  /** Larger ones are read as they are asked for. */
  static final int PIECE_BYTES = 1 << 16;

  static final int WINDOW_BYTES = 1 << 19;
  private static final int WINDOWS = 16;
  private static final int ENDS = 256;
  private static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A place in a blob as a namespace sees it. */
  private record Place(String namespace, String digest, long offset) {
    boolean isOf(String otherNamespace, String otherDigest) {
      return namespace.equals(otherNamespace) && digest.equals(otherDigest);
    }
  }

  /** Bytes from a place on, as long as there is memory for them. */
  private record Window(Place begin, int length, SoftReference<byte[]> bytes, long readAt) {
    Optional<ByteString> piece(long offset, long size) {
      byte[] all = bytes.get();
      long from = offset - begin.offset;
      if (all == null || from < 0 || size <= 0 || from > length - size) return Optional.empty();
      return Optional.of(UnsafeByteOperations.unsafeWrap(all, (int) from, (int) size));
    }

    long end() {
      return begin.offset + length;
    }

    boolean isOver() {
      return System.nanoTime() - readAt > LASTING_NANOS;
    }
  }

  private final Map<Place, Window> windows = new LinkedHashMap<>();
  /** Where a client may go on, the oldest first. */
  private final Set<Place> ends = new LinkedHashSet<>();
  /** How often something was removed: what was looked up before is not kept after it. */
  private long removals;

  /** A piece of what was read ahead for this namespace; empty where it has to be read. Never waits. */
  synchronized Optional<ByteString> peek(String namespace, String digest, long offset, long size) {
    windows.values().removeIf(Window::isOver);
    for (Window w : windows.values()) {
      if (!w.begin.isOf(namespace, digest)) continue;
      Optional<ByteString> piece = w.piece(offset, size);
      if (piece.isEmpty()) continue;
      if (offset + size == w.end()) {
        windows.remove(w.begin);
        ended(new Place(namespace, digest, w.end()));
      }
      return piece;
    }
    return Optional.empty();
  }

  /** Begins a reading. Ask for it before the blob is looked up, so that a removal in between is seen. */
  synchronized Reading begin(String namespace, String digest) {
    return new Reading(namespace, digest, removals);
  }

  /** A reading of a blob that a namespace has, as of a moment. */
  final class Reading {
    private final String namespace;
    private final String digest;
    private final long asOf;

    private Reading(String namespace, String digest, long asOf) {
      this.namespace = namespace;
      this.digest = digest;
      this.asOf = asOf;
    }

    /**
     * Reads a piece, and those behind it where a piece ended here.
     *
     * @param size of the piece, which is within the blob and at most {@link #PIECE_BYTES}
     */
    ByteString read(Reader reader, long offset, int size) throws IOException {
      var begin = new Place(namespace, digest, offset);
      byte[] bytes = new byte[goesOn(begin) ? (int) Math.min(WINDOW_BYTES, reader.size() - offset) : size];
      fill(reader, offset, bytes);
      keep(begin, size, bytes, asOf);
      return UnsafeByteOperations.unsafeWrap(bytes, 0, size);
    }
  }

  /** Many clients at once would only push out each other's. */
  private synchronized boolean goesOn(Place begin) {
    return ends.remove(begin) && windows.size() < WINDOWS;
  }

  private synchronized void keep(Place begin, int size, byte[] bytes, long asOf) {
    if (asOf != removals) return;
    if (bytes.length == size) ended(new Place(begin.namespace, begin.digest, begin.offset + size));
    else windows.put(begin, new Window(begin, bytes.length, new SoftReference<>(bytes), System.nanoTime()));
  }

  private void ended(Place end) {
    ends.add(end);
    if (ends.size() > ENDS) ends.remove(ends.iterator().next());
  }

  /** Nothing more of it is answered from here, also where it is being read at this moment. */
  synchronized void forget(String namespace, Digest digest) {
    removals++;
    windows.keySet().removeIf(p -> p.isOf(namespace, digest.toString()));
    ends.removeIf(p -> p.isOf(namespace, digest.toString()));
  }

  /** The same of all blobs: any of them may have been collected. */
  synchronized void forgetAll() {
    removals++;
    windows.clear();
    ends.clear();
  }

  private static void fill(Reader reader, long offset, byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; ) {
      int n = reader.read(offset + at, ByteBuffer.wrap(bytes, at, bytes.length - at));
      if (n <= 0) throw new IOException("a blob ends at " + (offset + at) + ", expected " + (offset + bytes.length) + " bytes at least");
      at += n;
    }
  }
}
