package io.gantry.service.snapshot;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Snapshots by key. Only committed ones are parents; a snapshot with children cannot be removed. Records of an absent driver stay listed.
 * Changes are events {@code /snapshot/prepare|commit|remove}.
 */
@ProviderType
public interface Snapshots {
  /**
   * Makes a writable snapshot.
   *
   * @param parent key of a committed one; empty for an empty tree
   * @throws io.gantry.api.AlreadyExistsException the key is taken
   * @throws io.gantry.api.NotFoundException no such parent, or no such snapshotter
   */
  SnapshotInfo prepare(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels) throws IOException;

  /** The same, read only. */
  SnapshotInfo view(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels) throws IOException;

  List<Mount> mounts(Scope scope, String snapshotter, String key) throws IOException;

  /**
   * Seals an active snapshot under a new key; labels are replaced. Durable when it answers.
   *
   * @param parent given now, where the driver can ({@link #canRebase}) and none was given before
   * @throws io.gantry.api.AlreadyExistsException {@code name} is there
   */
  SnapshotInfo commit(Scope scope, String snapshotter, String name, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException;

  /** Whether parents may first be given at commit, which lets layers unpack side by side. */
  boolean canRebase(Scope scope, String snapshotter);

  SnapshotInfo get(Scope scope, String snapshotter, String key) throws IOException;

  Optional<SnapshotInfo> find(Scope scope, String snapshotter, String key) throws IOException;

  /** A page in order of key. */
  List<SnapshotInfo> list(Scope scope, String snapshotter, String after, int max) throws IOException;

  /** Names of snapshotters that have records here, also absent ones, and those that are there. */
  List<String> snapshotters(Scope scope) throws IOException;

  SnapshotInfo label(Scope scope, String snapshotter, String key, Map<String, String> changes) throws IOException;

  Usage usage(Scope scope, String snapshotter, String key) throws IOException;

  /** @throws io.gantry.api.ConflictException it has children */
  void remove(Scope scope, String snapshotter, String key) throws IOException;
}
