package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot driver whose disk is that of another manager's overlayfs. Ids are keys: {@code ID} once committed, {@code at-work/ID} before;
 * of the parents the wire takes the nearest.
 */
final class WiredSnapshots implements Snapshotter, AutoCloseable {
  private static final Scope SCOPE = Scope.root();
  private static final String DRIVER = "overlayfs";
  private static final String AT_WORK = "at-work/";
  private static final int MOST = 10_000;
  private final Wired wired;
  private final Snapshots snapshots;

  WiredSnapshots(Wired wired) {
    this.wired = wired;
    this.snapshots = wired.manager().snapshots();
  }

  private static Optional<String> parent(Snap s) {
    return s.parents().stream().findFirst().map(SnapId::value);
  }

  @Override
  public boolean create(Snap s) throws IOException {
    if (snapshots.find(SCOPE, DRIVER, s.id().value()).isPresent()) return true;
    try {
      if (s.kind() == SnapKind.VIEW) snapshots.view(SCOPE, DRIVER, AT_WORK + s.id(), parent(s), Map.of());
      else snapshots.prepare(SCOPE, DRIVER, AT_WORK + s.id(), parent(s), Map.of());
    } catch (AlreadyExistsException e) {
      return true;
    }
    return true;
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    return snapshots.mounts(SCOPE, DRIVER, AT_WORK + s.id());
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    try {
      return snapshots.commit(SCOPE, DRIVER, s.id().value(), AT_WORK + s.id(), parent(s), Map.of()).usage();
    } catch (AlreadyExistsException e) {
      return Optional.of(usage(s.id()));
    }
  }

  @Override
  public Usage usage(SnapId id) throws IOException {
    try {
      return snapshots.usage(SCOPE, DRIVER, id.value());
    } catch (NotFoundException e) {
      return snapshots.usage(SCOPE, DRIVER, AT_WORK + id);
    }
  }

  @Override
  public boolean remove(SnapId id) throws IOException {
    for (String key : List.of(id.value(), AT_WORK + id)) {
      try {
        snapshots.remove(SCOPE, DRIVER, key);
      } catch (NotFoundException e) {
        continue; // as it is to be
      }
    }
    return true;
  }

  @Override
  public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
    return snapshots.list(SCOPE, DRIVER, "", MOST).stream().map(SnapshotInfo::key).map(k -> new SnapId(k.replace(AT_WORK, ""))).sorted()
        .filter(id -> after.isEmpty() || id.compareTo(after.get()) > 0).limit(max).toList();
  }

  @Override
  public void close() throws IOException {
    wired.close();
  }
}
