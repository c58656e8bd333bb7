package io.gantry.content;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.oci.bytes.Hasher;
import io.gantry.service.content.Reader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a blob, one borrow a buffer. */
final class BlobReader implements Reader {
  private final Store store;
  private final Scope scope;
  private final Digest digest;
  private final long size;

  BlobReader(Store store, Scope scope, Digest digest, long size) {
    this.store = store;
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
    if (position >= size) return -1;
    ByteBuffer bounded = into.duplicate();
    if (bounded.remaining() > size - position) bounded.limit(bounded.position() + (int) (size - position));
    int n = store.read(scope, digest, position, bounded);
    if (n > 0) into.position(into.position() + n);
    return n;
  }

  @Override
  public InputStream stream(long offset) {
    return new BufferedBytes(new BufferedBytes.Bytes() {
      private final Hasher hasher = offset == 0 ? new Hasher(digest.algorithm()) : null;
      private long seen = offset;

      @Override
      public int read(long position, ByteBuffer into) throws IOException {
        int start = into.position();
        int n = BlobReader.this.read(position, into);
        if (n > 0) {
          seen += n;
          if (hasher != null) hasher.update(into.slice(start, n));
        } else if (seen != size) {
          throw new CorruptException("blob " + digest + " is short", size + " bytes", seen + " bytes");
        } else if (hasher != null && !hasher.digest().equals(digest)) {
          throw new CorruptException("blob in store '" + store.name() + "' changed", digest.toString(), hasher.digest().toString());
        }
        return n;
      }
    }, offset, size - offset);
  }

  @Override
  public void close() {
    // Nothing is held between reads.
  }
}
