package io.gantry.remote;

import com.google.protobuf.ByteString;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.UnavailableException;
import io.gantry.wire.content.ReadContentResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * A blob from an offset to its end, by one call. One that breaks is asked for again from where it stands, as long as that brings more: the
 * manager may have been started anew. At the end size and, from 0, digest are checked.
 */
final class BlobStream extends InputStream {
  private final RemoteReader reader;
  private final Digest digest;
  private final Hasher hasher;
  private Answers<ReadContentResponse> parts;
  private ByteString part = ByteString.EMPTY;
  private int taken;
  private long position;
  private boolean ended;
  private boolean closed;

  BlobStream(RemoteReader reader, Digest digest, long offset) {
    this.reader = reader;
    this.digest = digest;
    this.position = offset;
    this.hasher = offset == 0 ? new Hasher(digest.algorithm()) : null;
  }

  @Override
  public int read() throws IOException {
    return more() ? part.byteAt(taken++) & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (!more()) return -1;
    int n = Math.min(length, part.size() - taken);
    part.substring(taken, taken + n).copyTo(into, offset);
    taken += n;
    return n;
  }

  @Override
  public long transferTo(OutputStream out) throws IOException {
    long all = 0;
    while (more()) {
      part.substring(taken).writeTo(out);
      all += part.size() - taken;
      taken = part.size();
    }
    return all;
  }

  @Override
  public int available() {
    return part.size() - taken;
  }

  private boolean more() throws IOException {
    if (closed) throw new IOException("the stream of blob " + digest + " is closed");
    while (taken == part.size() && !ended) {
      Optional<ReadContentResponse> next = next();
      if (next.isEmpty()) end();
      else take(next.get().getData());
    }
    return taken < part.size();
  }

  private Optional<ReadContentResponse> next() throws IOException {
    if (position == reader.size() && parts == null) return Optional.empty();
    try {
      if (parts == null) parts = reader.parts(position, 0);
      return parts.next();
    } catch (UnavailableException e) {
      return Patience.with(() -> {
        parts = reader.parts(position, 0);
        return parts.next();
      });
    }
  }

  private void take(ByteString data) throws IOException {
    if (data.size() > reader.size() - position) {
      throw new CorruptException("blob " + digest + " is too long", reader.size() + " bytes", "more");
    }
    if (hasher != null) data.asReadOnlyByteBufferList().forEach(hasher::update);
    part = data;
    taken = 0;
    position += data.size();
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
