package io.gantry.service.gc;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a collection removed, or a dry run found to remove.
 *
 * @param gone in order of kind, namespace and id
 * @param skipped what could not be looked after, one line each with the reason: things of an absent driver stay, what failed is tried again
 * @param kept leases that hold an image, a blob or a snapshot which nothing else needs, in order of namespace and id
 * @param took how long it was at work
 */
public record Report(List<Gone> gone, List<String> skipped, List<Kept> kept, Duration took) {
  /** What goes. */
  public enum Kind {
    /** A lease after its end. */
    LEASE,
    /** A name of an image after its end. */
    IMAGE,
    /** An unfinished write. */
    INGEST,
    /** A snapshot, or a tree of a driver that no record tells of. */
    SNAPSHOT,
    /** A blob in a namespace, or bytes of a store that no record tells of. */
    CONTENT
  }

  /**
   * A thing that goes.
   *
   * @param namespace whose it was; empty for bytes and trees without a record
   * @param id lease, name, ref, {@code SNAPSHOTTER/KEY}, or digest
   * @param bytes free on the disk; 0 for a blob that another namespace has, too, and for a snapshot that was not committed
   */
  public record Gone(Kind kind, String namespace, String id, long bytes) {}

  /**
   * A lease without which something would go.
   *
   * @param until its end; empty where it ends only by its removal
   */
  public record Kept(String namespace, String lease, Optional<Instant> until) {}

  public Report {
    gone = List.copyOf(gone);
    skipped = List.copyOf(skipped);
    kept = List.copyOf(kept);
  }

  /** Of a collection that no lease kept anything from. */
  public Report(List<Gone> gone, List<String> skipped, Duration took) {
    this(gone, skipped, List.of(), took);
  }

  /** Bytes that are free on the disk by it. */
  public long bytes() {
    return gone.stream().mapToLong(Gone::bytes).sum();
  }

  public long count(Kind kind) {
    return gone.stream().filter(g -> g.kind() == kind).count();
  }
}
