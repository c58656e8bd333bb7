package io.gantry.remote;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Hasher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * A blob from an offset to its end, by one call. One that breaks is asked for again from where it stands, as long as that brings more: the
 * manager may have been started anew. At the end size and, from 0, digest are checked.
 */
final class BlobStream extends InputStream {
  private static final byte[] NOTHING = {};
  private final RemoteReader reader;
  private final Scope scope;
  private final Digest digest;
  private final Hasher hasher;
  private final Deque<byte[]> here = new ArrayDeque<>();
  private Answers<Part> parts;
  private byte[] piece = NOTHING;
  private int taken;
  private long position;
  private boolean ended;
  private boolean closed;

  BlobStream(RemoteReader reader, Scope scope, Digest digest, long offset) {
    this.reader = reader;
    this.scope = scope;
    this.digest = digest;
    this.position = offset;
    this.hasher = offset == 0 ? new Hasher(digest.algorithm()) : null;
  }

  @Override
  public int read() throws IOException {
    return more() ? piece[taken++] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (!more()) return -1;
    int n = Math.min(length, piece.length - taken);
    System.arraycopy(piece, taken, into, offset, n);
    taken += n;
    return n;
  }

  @Override
  public long transferTo(OutputStream out) throws IOException {
    long all = 0;
    while (more()) {
      out.write(piece, taken, piece.length - taken);
      all += piece.length - taken;
      taken = piece.length;
    }
    return all;
  }

  @Override
  public int available() {
    return piece.length - taken;
  }

  private boolean more() throws IOException {
    if (closed) throw new IOException("the stream of blob " + digest + " is closed");
    while (taken == piece.length && !ended) {
      if (here.isEmpty()) fetch();
      if (!here.isEmpty()) take(here.removeFirst());
    }
    return taken < piece.length;
  }

  private void fetch() throws IOException {
    Optional<Part> next = next();
    if (next.isEmpty()) {
      end();
      return;
    }
    if (next.get().offset() != position) {
      throw new CorruptException("blob " + digest + " came in another order", "bytes from " + position, "from " + next.get().offset());
    }
    here.addAll(next.get().bytes());
  }

  private Optional<Part> next() throws IOException {
    if (position == reader.size() && parts == null) return Optional.empty();
    try {
      if (parts == null) parts = reader.parts(position, 0);
      return parts.next();
    } catch (UnavailableException e) {
      return reader.patience().with(scope, () -> {
        parts = reader.parts(position, 0);
        return parts.next();
      });
    }
  }

  private void take(byte[] bytes) throws IOException {
    if (bytes.length > reader.size() - position) {
      throw new CorruptException("blob " + digest + " is too long", reader.size() + " bytes", "more");
    }
    if (hasher != null) hasher.update(bytes, 0, bytes.length);
    piece = bytes;
    taken = 0;
    position += bytes.length;
  }

  private void end() throws IOException {
    ended = true;
    if (position != reader.size()) {
      throw new CorruptException("blob " + digest + " is short", reader.size() + " bytes", position + " bytes");
    }
    if (hasher != null && !hasher.digest().equals(digest)) {
      throw new CorruptException("blob " + digest + " came as other bytes", digest.toString(), hasher.digest().toString());
    }
  }

  @Override
  public void close() {
    closed = true;
    if (parts != null) parts.close();
  }
}
