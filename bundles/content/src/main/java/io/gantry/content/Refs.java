package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who writes and who follows which ingest, in this manager. A writer holds its ref here too, since a driver of a larger epoch would give it
 * away. The monitor guards the map.
 */
final class Refs {
  /** One ingest's use. */
  private static final class Use {
    Growth growth = new Growth();
    int users;
    Instant heldSince;
    Optional<BlobWriter> writer = Optional.empty();
  }

  private final Map<String, Use> uses = new HashMap<>();

  /** The driver's name of a ref: refs of namespaces do not meet. */
  static String ingest(Scope scope, String ref) {
    return scope.namespace() + "/" + ref;
  }

  /** Whose the write of that name is. */
  static String namespace(String ingest) {
    return ingest.substring(0, ingest.indexOf('/'));
  }

  synchronized Growth hold(String ingest) throws UnavailableException {
    Use use = uses.get(ingest);
    if (use != null && use.heldSince != null) {
      throw new UnavailableException("write '" + ingest + "' is held by another writer since " + use.heldSince
          + "; try again when it has ended");
    }
    use = used(ingest);
    use.heldSince = Instant.now();
    return use.growth;
  }

  /** Who has the ref that is held. */
  synchronized void writes(String ingest, BlobWriter writer) {
    uses.get(ingest).writer = Optional.of(writer);
  }

  synchronized Optional<BlobWriter> writer(String ingest) {
    Use use = uses.get(ingest);
    return use == null ? Optional.empty() : use.writer;
  }

  synchronized void release(String ingest) {
    Use use = uses.get(ingest);
    use.heldSince = null;
    use.writer = Optional.empty();
    unused(ingest);
  }

  /** Tells those who follow a ref that nobody writes: its bytes are a blob already, and no writer will come. */
  synchronized void found(String ingest, Digest digest) {
    Use use = uses.get(ingest);
    if (use != null && use.heldSince == null) use.growth.committed(digest);
  }

  synchronized Growth follow(String ingest) {
    return used(ingest).growth;
  }

  synchronized void unfollow(String ingest) {
    unused(ingest);
  }

  /** The next writer starts a new history: the old one's followers have been told. */
  synchronized Growth renew(String ingest) {
    Use use = uses.get(ingest);
    use.growth = new Growth();
    return use.growth;
  }

  private Use used(String ingest) {
    Use use = uses.computeIfAbsent(ingest, k -> new Use());
    use.users++;
    return use;
  }

  private void unused(String ingest) {
    Use use = uses.get(ingest);
    if (--use.users == 0) uses.remove(ingest);
  }
}
