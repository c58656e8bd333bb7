package io.gantry.snapshot;

import static io.gantry.snapshot.Trees.COPY;
import static io.gantry.snapshot.Trees.OTHER;
import static io.gantry.snapshot.Trees.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the garbage collection asks of snapshots. */
class CollectionTest {
  @TempDir Path root;
  private Trees trees;
  private Table table;

  @BeforeEach
  void open() throws IOException {
    trees = new Trees(root);
    table = trees.table;
  }

  @AfterEach
  void close() throws IOException {
    if (trees != null) trees.close();
  }

  private String prepared(String key) throws IOException {
    return trees.keys.prepare(SCOPE, COPY, key, Optional.empty(), Map.of()).id().value();
  }

  private boolean isTouched(String key) throws IOException {
    var row = table.get(SCOPE, SnapshotRow.TABLE, SnapshotRow.rowId(COPY, key)).orElseThrow();
    return new String(row.json(), StandardCharsets.UTF_8).contains("touched");
  }

  @Test
  void goesWithItsTreeWhereTheGuardLetsIt() throws Exception {
    String id = prepared("a");
    assertFalse(trees.keys.collect(SCOPE, COPY, "a", () -> false));
    assertEquals(List.of(id), trees.trees(COPY));
    assertTrue(trees.keys.collect(SCOPE, COPY, "a", () -> true));
    assertEquals(List.of(), trees.trees(COPY));
    assertFalse(trees.keys.collect(SCOPE, COPY, "a", () -> true));
    assertTrue(trees.told.lines().contains("default /snapshot/remove {key=a, snapshotter=native}"), trees.told.lines()::toString);
  }

  @Test
  void staysWithChildrenAndIsCountedAtItsParent() throws Exception {
    trees.layer(COPY, "base", Optional.empty(), "a");
    trees.keys.prepare(SCOPE, COPY, "top", Optional.of("base"), Map.of());
    assertFalse(trees.keys.collect(SCOPE, COPY, "base", () -> true));
    assertTrue(trees.keys.collect(SCOPE, COPY, "top", () -> true));
    assertTrue(trees.keys.collect(SCOPE, COPY, "base", () -> true));
  }

  /** The record goes first, so a driver that goes between leaves a tree alone. */
  @Test
  void aTreeThatACrashLeftIsSwept() throws Exception {
    String left = prepared("a");
    String stays = trees.keys.prepare(OTHER, COPY, "b", Optional.empty(), Map.of()).id().value();
    assertThrows(UnavailableException.class, () -> trees.keys.collect(SCOPE, COPY, "a", () -> {
      trees.parts.drivers().take(new DriverRef(Snapshotter.KIND, COPY));
      return true;
    }));
    assertEquals(Optional.empty(), trees.keys.find(SCOPE, COPY, "a"));
    assertThrows(UnavailableException.class, () -> trees.keys.sweep(SCOPE, COPY, false));
    trees.openDriver(COPY);
    assertEquals(java.util.stream.Stream.of(left, stays).sorted().toList(), trees.trees(COPY));
    assertEquals(List.of(new SnapId(left)), trees.keys.sweep(SCOPE, COPY, true));
    assertEquals(List.of(new SnapId(left)), trees.keys.sweep(SCOPE, COPY, false));
    assertEquals(List.of(stays), trees.trees(COPY));
  }

  /** Its tree is there, its row is not. */
  @Test
  void aTreeThatIsBeingMadeIsNotSwept() throws Exception {
    var swept = new AtomicReference<List<SnapId>>();
    trees.afterEachCall(() -> {
      trees.afterEachCall(() -> { });
      assertEquals(1, trees.trees(COPY).size());
      swept.set(trees.keys.sweep(SCOPE, COPY, false));
    });
    String id = prepared("a");
    assertEquals(List.of(), swept.get());
    assertEquals(List.of(id), trees.trees(COPY));
  }

  @Test
  void aCallWithoutALeaseTouches() throws Exception {
    trees.leases.create(SCOPE, "l", Map.of());
    Scope leased = SCOPE.withLease("l");
    trees.keys.prepare(leased, COPY, "held", Optional.empty(), Map.of());
    assertFalse(isTouched("held"));
    trees.keys.commit(leased, COPY, "layer", "held", Optional.empty(), Map.of());
    assertFalse(isTouched("layer"));
    Map<String, String> wanted = Map.of(Snapshots.REF_LABEL, "layer");
    assertThrows(AlreadyExistsException.class, () -> trees.keys.prepare(leased, COPY, "x", Optional.empty(), wanted));
    assertFalse(isTouched("layer"));
    assertThrows(AlreadyExistsException.class, () -> trees.keys.prepare(SCOPE, COPY, "x", Optional.empty(), wanted));
    assertTrue(isTouched("layer"));
    trees.keys.prepare(leased, COPY, "other", Optional.empty(), Map.of());
    trees.keys.commit(leased, COPY, "other layer", "other", Optional.empty(), Map.of());
    assertFalse(isTouched("other layer"));
    assertThrows(AlreadyExistsException.class, () -> trees.keys.commit(SCOPE, COPY, "other layer", "other", Optional.empty(), Map.of()));
    assertTrue(isTouched("other layer"));
    prepared("alone");
    assertTrue(isTouched("alone"));
    trees.keys.commit(SCOPE, COPY, "alone layer", "alone", Optional.empty(), Map.of());
    assertTrue(isTouched("alone layer"));
  }
}
