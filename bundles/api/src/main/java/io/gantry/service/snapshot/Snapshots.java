package io.gantry.service.snapshot;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.service.record.Damaged;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Snapshots by key. Only committed ones are parents; a snapshot with children cannot be removed. Records of an absent driver stay listed.
 * Changes are events {@code /snapshot/prepare|commit|remove}.
 *
 * <p>One that nothing refers to goes by the garbage collection ({@link io.gantry.service.gc.Collector}), of whatever kind. What a call
 * makes, or tells to be there, the scope's lease holds; without one it is held for a time all the same, so that the next call finds it.
 */
@ProviderType
public interface Snapshots {
  /** Label by which {@link #prepare} and {@link #view} are told the key that the snapshot is to be committed under. */
  String REF_LABEL = "containerd.io/snapshot.ref";

  /**
   * Makes a writable snapshot.
   *
   * @param parent key of a committed one; empty for an empty tree
   * @param labels those with an empty value are left out
   * @throws io.gantry.api.AlreadyExistsException the key is taken, or a snapshot of the key that {@link #REF_LABEL} names is there, which
   *     then is held by the scope's lease: whoever wanted to make it need not
   * @throws io.gantry.api.InvalidException the parent is not committed, or a label is too long
   * @throws io.gantry.api.NotFoundException no such parent, or no such snapshotter
   */
  SnapshotInfo prepare(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels) throws IOException;

  /** The same, read only. */
  SnapshotInfo view(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels) throws IOException;

  /**
   * How an active snapshot or a view is seen and written; makes no mount. Equal on every call, whichever version of the driver answers.
   *
   * @throws io.gantry.api.ConflictException it is committed, and has none
   */
  List<Mount> mounts(Scope scope, String snapshotter, String key) throws IOException;

  /**
   * The active snapshot that has these mounts, all of them and nothing else. Nothing is remembered for it: the driver is asked, so it is
   * found after a restart, too. Views have none of their own: those of one parent are alike. Reads the namespace's records of snapshots.
   *
   * @return empty where they are not of an active snapshot of this namespace, as those that a caller made up
   * @throws io.gantry.api.CorruptException they are of none whose record is whole, and may be of one that is damaged
   * @throws io.gantry.api.UnavailableException they may be of a driver that is away
   */
  Optional<SnapshotInfo> of(Scope scope, List<Mount> mounts) throws IOException;

  /**
   * Seals an active snapshot under a new key; labels are replaced. Durable when it answers.
   *
   * @param parent given now, where the driver can ({@link #canRebase}) and none was given before
   * @throws io.gantry.api.AlreadyExistsException {@code name} is there and held, whether {@code key} is or not: a commit that is asked for
   *     again
   * @throws io.gantry.api.ConflictException it is not active but a view, or committed
   * @throws io.gantry.api.InvalidException another parent than the one it was prepared with, or one that is not committed
   */
  SnapshotInfo commit(Scope scope, String snapshotter, String name, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException;

  /** Whether parents may first be given at commit, which lets layers unpack side by side. */
  boolean canRebase(Scope scope, String snapshotter);

  /**
   * What is recorded of one.
   *
   * @throws io.gantry.api.CorruptException the record is damaged; {@link #remove} takes it away
   * @throws io.gantry.api.NotFoundException there is none
   */
  SnapshotInfo get(Scope scope, String snapshotter, String key) throws IOException;

  /** @throws io.gantry.api.CorruptException the record is damaged; {@link #remove} takes it away */
  Optional<SnapshotInfo> find(Scope scope, String snapshotter, String key) throws IOException;

  /** A page in order of key; empty behind the last. */
  List<SnapshotInfo> list(Scope scope, String snapshotter, String after, int max) throws IOException;

  /** Those that {@link #list} leaves out, by their keys, since they cannot be read; none of another manager, whose log tells. */
  default List<Damaged> damaged(Scope scope, String snapshotter) throws IOException {
    return List.of();
  }

  /** Names of snapshotters that have records here, also absent ones, and those that are there. */
  List<String> snapshotters(Scope scope) throws IOException;

  /** Changes labels: an empty value removes. */
  SnapshotInfo label(Scope scope, String snapshotter, String key, Map<String, String> changes) throws IOException;

  /** Replaces all labels; those with an empty value are left out. */
  SnapshotInfo relabel(Scope scope, String snapshotter, String key, Map<String, String> labels) throws IOException;

  /** Of this layer alone, without its parents; for one that is not committed the driver may walk the disk. */
  Usage usage(Scope scope, String snapshotter, String key) throws IOException;

  /**
   * Takes away one of any kind, and its tree; what it takes on the disk is free when this answers. Of one whose record is damaged the
   * tree is not known: the record goes, and the tree with the next collection.
   *
   * @throws io.gantry.api.ConflictException it has children
   * @throws io.gantry.api.NotFoundException there is none
   */
  void remove(Scope scope, String snapshotter, String key) throws IOException;

  /**
   * Asks the driver whether it answers. There is nothing to be cleaned up: {@link #remove} frees what it removes at once, and what a crash
   * or a damaged record left goes with a collection.
   *
   * @throws io.gantry.api.NotFoundException no such snapshotter
   * @throws io.gantry.api.UnavailableException its driver is away
   */
  void cleanup(Scope scope, String snapshotter) throws IOException;

}
