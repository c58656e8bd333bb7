package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots over the wire. */
class SnapshotsTest {
  private static final Scope SCOPE = Scope.root();
  private static final String OVERLAY = "overlayfs";
  @TempDir Path root;
  private Engine engine;
  private RemoteManager manager;
  private Snapshots snapshots;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
    manager = RemoteManager.connect(engine.address());
    snapshots = manager.snapshots();
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    engine.close();
  }

  @Test
  void aChainIsMadeAndRemoved() throws IOException {
    SnapshotInfo active = snapshots.prepare(SCOPE, OVERLAY, "a", Optional.empty(), Map.of("l", "m", "none", ""));
    assertEquals(new SnapshotInfo(OVERLAY, "a", active.id(), SnapKind.ACTIVE, Optional.empty(), Map.of("l", "m"), Optional.empty(), active
        .created(), active.updated()), active);
    SnapshotInfo base = snapshots.commit(SCOPE, OVERLAY, "base", "a", Optional.empty(), Map.of("c", "d"));
    assertEquals(SnapKind.SEALED, base.kind());
    assertEquals(Map.of("c", "d"), base.labels());
    assertEquals(Optional.of(snapshots.usage(SCOPE, OVERLAY, "base")), base.usage());
    assertThrows(ConflictException.class, () -> snapshots.mounts(SCOPE, OVERLAY, "base"));
    SnapshotInfo top = snapshots.prepare(SCOPE, OVERLAY, "top", Optional.of("base"), Map.of());
    assertEquals(Optional.of("base"), top.parent());
    SnapshotInfo view = snapshots.view(SCOPE, OVERLAY, "view", Optional.of("base"), Map.of());
    assertEquals(SnapKind.VIEW, view.kind());
    List<Mount> mounts = snapshots.mounts(SCOPE, OVERLAY, "top");
    assertEquals(Optional.of(top), snapshots.of(SCOPE, mounts));
    assertEquals(Optional.empty(), snapshots.of(SCOPE, snapshots.mounts(SCOPE, OVERLAY, "view")));
    assertEquals(List.of("base", "top", "view"), snapshots.list(SCOPE, OVERLAY, "", 10).stream().map(SnapshotInfo::key).toList());
    assertEquals(List.of("top"), snapshots.list(SCOPE, OVERLAY, "base", 1).stream().map(SnapshotInfo::key).toList());
    assertThrows(ConflictException.class, () -> snapshots.remove(SCOPE, OVERLAY, "base"));
    for (String key : List.of("view", "top", "base")) snapshots.remove(SCOPE, OVERLAY, key);
    assertEquals(Optional.empty(), snapshots.find(SCOPE, OVERLAY, "base"));
  }

  @Test
  void errorsAreThoseAtHome() throws IOException {
    snapshots.prepare(SCOPE, OVERLAY, "a", Optional.empty(), Map.of());
    assertThrows(AlreadyExistsException.class, () -> snapshots.prepare(SCOPE, OVERLAY, "a", Optional.empty(), Map.of()));
    assertThrows(InvalidException.class, () -> snapshots.prepare(SCOPE, OVERLAY, "b", Optional.of("a"), Map.of()));
    assertThrows(NotFoundException.class, () -> snapshots.prepare(SCOPE, OVERLAY, "b", Optional.of("none"), Map.of()));
    assertThrows(InvalidException.class, () -> snapshots.prepare(SCOPE, "none", "b", Optional.empty(), Map.of()));
    snapshots.commit(SCOPE, OVERLAY, "layer", "a", Optional.empty(), Map.of());
    assertThrows(AlreadyExistsException.class, () -> snapshots.commit(SCOPE, OVERLAY, "layer", "a", Optional.empty(), Map.of()));
    assertThrows(AlreadyExistsException.class,
        () -> snapshots.prepare(SCOPE, OVERLAY, "again", Optional.empty(), Map.of(Snapshots.REF_LABEL, "layer")));
    assertThrows(NotFoundException.class, () -> snapshots.usage(SCOPE, OVERLAY, "none"));
  }

  @Test
  void labelsChangeAndSnapshottersAreTold() throws IOException {
    snapshots.prepare(SCOPE, "native", "a", Optional.empty(), Map.of("x", "y"));
    assertEquals(Map.of("k", "v"), snapshots.label(SCOPE, "native", "a", Map.of("x", "", "k", "v")).labels());
    assertEquals(Map.of("n", "o"), snapshots.relabel(SCOPE, "native", "a", Map.of("n", "o", "p", "")).labels());
    assertEquals(List.of("native", OVERLAY), snapshots.snapshotters(SCOPE));
    assertFalse(snapshots.canRebase(SCOPE, OVERLAY));
    snapshots.cleanup(SCOPE, "native");
    assertTrue(snapshots.list(SCOPE.withNamespace("other"), "native", "", 10).isEmpty());
  }
}
