package io.gantry.gc;

import java.util.Optional;
import java.util.Set;

/**
 * Bytes and trees that no record tells of. A crash leaves a few; many mean that the records are perhaps not those of this disk, as where
 * {@code records.cfg} names another store: then they are left alone.
 *
 * @param wanted somebody wants them removed, however many
 * @param removed digests of blobs whose records were removed while the manager ran, and whose bytes may be there
 */
record Strays(boolean wanted, Set<String> removed) {
  /** So many are taken for what crashes left. */
  static final int FEW = 100;

  boolean isRemoved(String digest) {
    return removed.contains(digest);
  }

  /** Why they are to be left alone; empty where they may go. */
  Optional<String> doubt(String what, long strays, long recorded) {
    if (wanted || strays <= FEW || strays <= recorded) return Optional.empty();
    return Optional.of(strays + " " + what + " that no record tells of, beside " + recorded + " that one tells of: if these are the right"
        + " records (records.cfg), dist:gc --strays removes them");
  }
}
