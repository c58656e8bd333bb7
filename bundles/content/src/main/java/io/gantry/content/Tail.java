package io.gantry.content;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Follows an ingest while it grows, and its blob once it is committed. Between the driver's commit and ours the ingest is gone already:
 * then the next change is waited for.
 */
final class Tail implements BufferedBytes.Bytes {
  private final Store store;
  private final Refs refs;
  private final Scope scope;
  private final String ingest;
  private final Digest digest;
  private final Duration stalled;
  private final Growth growth;
  private boolean closed;

  Tail(Store store, Refs refs, Scope scope, String ingest, Digest digest, Duration stalled) {
    this.store = store;
    this.refs = refs;
    this.scope = scope;
    this.ingest = ingest;
    this.digest = digest;
    this.stalled = stalled;
    this.growth = refs.follow(ingest);
  }

  @Override
  public int read(long position, ByteBuffer into) throws IOException {
    while (true) {
      Growth.Seen seen = growth.look();
      if (seen.committed().isPresent()) return store.read(scope, digest, position, into);
      if (seen.key().isPresent() && position < seen.bytes()) {
        try {
          int n = store.readIngest(scope, seen.key().get(), position, into);
          if (n > 0) return n;
        } catch (NotFoundException | ConflictException e) {
          // committed or taken over a moment ago; its writer tells
          if (store.find(scope, digest).isPresent()) return store.read(scope, digest, position, into);
        }
      }
      growth.changed(seen, stalled, ingest);
    }
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    refs.unfollow(ingest);
  }
}
