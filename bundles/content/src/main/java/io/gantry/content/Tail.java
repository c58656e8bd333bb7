package io.gantry.content;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.bytes.Hasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Follows an ingest while it grows, and its blob once it is committed. Between the driver's commit and ours the ingest is gone already:
 * then the next change is waited for. What was read is hashed, so that the end is that of the right bytes, whatever store gave them.
 */
final class Tail implements BufferedBytes.Bytes {
  private final Store store;
  private final Refs refs;
  private final Scope scope;
  private final String ingest;
  private final Digest digest;
  private final Duration stalled;
  private final Growth growth;
  private final Hasher hasher;
  private volatile boolean closed;

  Tail(Store store, Refs refs, Scope scope, String ingest, Digest digest, Duration stalled) {
    this.store = store;
    this.refs = refs;
    this.scope = scope;
    this.ingest = ingest;
    this.digest = digest;
    this.stalled = stalled;
    this.hasher = new Hasher(digest.algorithm());
    this.growth = refs.follow(ingest);
  }

  @Override
  public boolean there(long position) throws IOException {
    Growth.Seen seen = look();
    return seen.committed().isPresent() || position < seen.bytes();
  }

  @Override
  public void ready(long position) throws IOException {
    for (Growth.Seen seen = look(); seen.committed().isEmpty() && position >= seen.bytes(); seen = look()) {
      growth.changed(seen, stalled, ingest);
    }
  }

  private Growth.Seen look() throws IOException {
    Growth.Seen seen = growth.look(); // before closed is asked, so that a close after it is a change
    if (closed) throw new IOException("following write '" + ingest + "' was ended by its reader");
    return seen;
  }

  @Override
  public int read(long position, ByteBuffer into) throws IOException {
    int start = into.position();
    int n = filled(position, into);
    if (n > 0) hasher.update(into.slice(start, n));
    if (n < 0 && !hasher.digest().equals(digest)) {
      throw new CorruptException("blob in store '" + store.name() + "' is not what was followed", digest.toString(), hasher.digest()
          .toString());
    }
    return n;
  }

  private int filled(long position, ByteBuffer into) throws IOException {
    Growth.Seen seen = look();
    if (seen.committed().isPresent()) return store.read(scope, digest, position, into);
    if (seen.key().isEmpty()) return 0;
    try {
      return Math.max(0, store.readIngest(scope, seen.key().get(), position, into));
    } catch (NotFoundException | ConflictException e) {
      // committed or taken over a moment ago; its writer tells
      if (store.find(scope, digest).isPresent()) return store.read(scope, digest, position, into);
      growth.changed(seen, stalled, ingest);
      return 0;
    }
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    growth.wake();
    refs.unfollow(ingest);
  }
}
