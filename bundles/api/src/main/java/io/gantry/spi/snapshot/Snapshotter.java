package io.gantry.spi.snapshot;

import io.gantry.api.Mount;
import io.gantry.api.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps file trees as layers over layers, in one folder of its own.
 *
 * <h2>Words</h2>
 * A <em>snapshot</em> is one layer: what changed against its parents. Its {@link SnapId} is given by core, is unique for ever, and is a
 * legal file name. It is <em>active</em> until it is <em>sealed</em>; only sealed ones are parents. A <em>view</em> is read only and never
 * sealed. Keys, names, labels and namespaces are core's business: a driver never sees them.
 *
 * <h2>Life, in order</h2>
 * {@code create → mounts* → seal → (parent of others) → remove}, or {@code create → mounts* → remove}.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>S-1</b> {@code create} MUST be idempotent: for an id that exists it changes nothing and answers true.
 * <li><b>S-2</b> A call with more to do than about 50 ms MUST do a slice, keep its progress on disk and answer {@code false} or empty; core
 *     calls again, perhaps on a newer version of the driver.
 * <li><b>S-3</b> After {@code seal} answered, the tree MUST survive a power loss. Before that it MAY be lost as a whole, never in part.
 * <li><b>S-4</b> {@code mounts} MUST be equal, element by element, for the same snapshot on every call, version and restart.
 * <li><b>S-5</b> {@code remove} of an id that does not exist MUST answer true. Children are core's check, not the driver's.
 * <li><b>S-6</b> A driver MUST NOT keep in memory what it needs to be right; what is on disk is the truth.
 * <li><b>S-7</b> Only temporary entries of an older epoch MAY be swept, and never during activation.
 * <li><b>S-8</b> The mounts of an active snapshot MUST show the tree of its parents, changed by what was written through them, and MUST NOT
 *     change the parents. Those of a view MUST refuse writes.
 * <li><b>S-9</b> The root of a snapshot without parents MUST be a folder of mode 0755 owned by 0:0. One with parents MUST have mode, owner,
 *     extended attributes and times of its nearest parent's root. A snapshot whose parents are first given at {@code seal} MUST take them
 *     over there, unless its root was given times other than 0 by whoever wrote it.
 * <li><b>S-10</b> {@code list} MUST give whole snapshots only, in order of id, strictly after {@code after}, each exactly once.
 * <li><b>S-11</b> {@code seal} MUST be idempotent and answer the usage of this layer alone; empty means: call again. Its usage MUST NOT
 *     change afterwards. Sealing with parents that were not given at {@code create} needs {@link Feature#REBASE}, else it MUST be
 *     UnsupportedException.
 * <li><b>S-12</b> A parent that is not on disk MUST be NotFoundException, by {@code create} and {@code seal}, which MUST NOT leave
 *     anything half-made listed.
 * </ul>
 *
 * <h2>Threads</h2> Calls for different ids come concurrently; calls for one id come one at a time. Threads are never interrupted.
 *
 * <h2>Example</h2> Three layers and a container: {@code create(a,[]) seal(a) create(b,[a]) seal(b) create(c,[b,a]) mounts(c) … remove(c)}.
 */
@ConsumerType
public interface Snapshotter {
  /** The kind of these drivers. */
  String KIND = "snapshot";

  /**
   * Makes an empty active snapshot or a view over {@code s.parents()}, nearest first.
   *
   * @return true when it is there, false when there is more to do (S-2)
   * @throws io.gantry.api.NotFoundException a parent is not on this driver's disk
   * @throws IOException the folder cannot be written; nothing half-made stays visible to {@link #list}
   */
  boolean create(Snap s) throws IOException;

  /**
   * How to see and write the tree; makes no mount.
   *
   * @throws io.gantry.api.NotFoundException no such snapshot
   */
  List<Mount> mounts(Snap s) throws IOException;

  /**
   * Makes an active snapshot durable and unchangeable; {@code s.parents()} are the final ones (S-11).
   *
   * @return what the layer takes; empty when there is more to do (S-2)
   * @throws io.gantry.api.NotFoundException no such snapshot, or a parent is not on this driver's disk
   * @throws io.gantry.api.UnsupportedException parents that were not given at {@code create}, without {@link Feature#REBASE}
   */
  Optional<Usage> seal(Snap s) throws IOException;

  /**
   * What this layer alone takes; may walk the disk for an active one.
   *
   * @throws io.gantry.api.NotFoundException no such snapshot
   */
  Usage usage(SnapId id) throws IOException;

  /** Removes it, if need be in slices (S-2, S-5). It is gone from {@link #list} at the first call. */
  boolean remove(SnapId id) throws IOException;

  /** A page of what is on disk (S-10). */
  List<SnapId> list(Optional<SnapId> after, int max) throws IOException;
}
