package io.gantry.remote;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.service.content.Reader;
import io.gantry.wire.content.ReadContentRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a blob: a part by a call of its own, a stream by one call for all of it. */
final class RemoteReader implements Reader {
  private final Link link;
  private final Scope scope;
  private final Digest digest;
  private final long size;

  RemoteReader(Link link, Scope scope, Digest digest, long size) {
    this.link = link;
    this.scope = scope;
    this.digest = digest;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(long position, ByteBuffer into) throws IOException {
    if (position < 0) throw new IllegalArgumentException("position " + position + " is negative");
    if (position >= size) return -1;
    int wanted = (int) Math.min(into.remaining(), size - position);
    if (wanted == 0) return 0;
    int had = 0;
    try (var parts = parts(position, wanted)) {
      for (var part = parts.next(); part.isPresent() && had < wanted; part = parts.next()) {
        for (byte[] bytes : part.get().bytes()) {
          int n = Math.min(bytes.length, wanted - had);
          into.put(bytes, 0, n);
          had += n;
        }
      }
    }
    if (had < wanted) throw new CorruptException("blob " + digest + " is short", size + " bytes", position + had + " bytes");
    return had;
  }

  Patience patience() {
    return link.patience();
  }

  /** @param length bytes wanted; 0 for all from there on */
  Answers<Part> parts(long position, long length) throws IOException {
    var request = ReadContentRequest.newBuilder().setDigest(digest.toString()).setOffset(position).setSize(length).build();
    return link.stream(scope, Part.READ, request);
  }

  @Override
  public InputStream stream(long offset) {
    if (offset < 0 || offset > size) throw new IllegalArgumentException("blob " + digest + " has " + size + " bytes, not " + offset);
    return new BlobStream(this, scope, digest, offset);
  }

  @Override
  public void close() {
    // Nothing is held between reads.
  }
}
