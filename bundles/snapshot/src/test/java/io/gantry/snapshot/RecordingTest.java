package io.gantry.snapshot;

import static io.gantry.snapshot.Trees.COPY;
import static io.gantry.snapshot.Trees.OVERLAY;
import static io.gantry.snapshot.Trees.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.service.record.Table.Change;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.spi.snapshot.SnapId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the row of a new snapshot comes, late or against others, and what becomes of its tree. */
@Timeout(60)
class RecordingTest {
  private static final Optional<String> NONE = Optional.empty();
  @TempDir Path root;
  private Trees trees;
  private SnapshotKeys keys;

  @BeforeEach
  void open() throws IOException {
    trees = new Trees(root);
    keys = trees.keys;
  }

  @AfterEach
  void close() throws IOException {
    if (trees != null) trees.close();
  }

  private SnapshotKeys doubtingFor(Duration late) {
    return new SnapshotKeys(trees.table, trees.told, trees.leases, trees.parts.drivers(), late);
  }

  /** Whoever was interrupted does not know that it is there; whoever comes next finds it whole. */
  @Test
  void aRowThatComesAfterItsCallerWasInterruptedHasItsTree() throws Exception {
    var left = trees.drivers.leaveTheNextCommit();
    assertThrows(InterruptedIOException.class, () -> keys.prepare(SCOPE, COPY, "k", NONE, Map.of()));
    assertEquals(NONE, keys.find(SCOPE, COPY, "k").map(SnapshotInfo::key));
    assertEquals(List.of(), keys.sweep(SCOPE, COPY, false), "it may come yet");
    left.begin();
    left.await();
    assertEquals(List.of(keys.get(SCOPE, COPY, "k").id().value()), trees.trees(COPY));
    assertEquals(List.of(), trees.in(COPY, "k", Trees::files));
    keys.remove(SCOPE, COPY, "k");
    assertEquals(List.of(), trees.trees(COPY));
  }

  /** The collection comes between. */
  @Test
  void theSweepWaitsForACommitThatHasBegun() throws Exception {
    keys = doubtingFor(Duration.ZERO);
    var left = trees.drivers.leaveTheNextCommit();
    assertThrows(InterruptedIOException.class, () -> keys.prepare(SCOPE, COPY, "k", NONE, Map.of()));
    var sweep = new FutureTask<>(() -> keys.sweep(SCOPE, COPY, false));
    Thread.ofPlatform().daemon().start(sweep);
    assertThrows(TimeoutException.class, () -> sweep.get(100, TimeUnit.MILLISECONDS));
    left.begin();
    assertEquals(List.of(), sweep.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(), trees.in(COPY, "k", Trees::files));
  }

  @Test
  void aTreeWhoseRowDoesNotComeIsSweptInTime() throws Exception {
    trees.layer(COPY, "base", NONE, "f");
    for (Duration late : List.of(Duration.ofDays(1), Duration.ZERO)) {
      keys = doubtingFor(late);
      var left = trees.drivers.leaveTheNextCommit();
      assertThrows(InterruptedIOException.class, () -> keys.prepare(SCOPE, COPY, "k", Optional.of("base"), Map.of()));
      keys.label(SCOPE, COPY, "base", Map.of("a", late.toString())); // so that it is refused
      left.begin();
      left.await();
      assertEquals(NONE, keys.find(SCOPE, COPY, "k").map(SnapshotInfo::key));
      assertEquals(late.isZero() ? 2 : 0, keys.sweep(SCOPE, COPY, false).size(), "with that of the manager before");
    }
    assertEquals(List.of(keys.get(SCOPE, COPY, "base").id().value()), trees.trees(COPY));
  }

  /** A removal that has seen the row takes the claim over, and a second one meets it. */
  @Test
  void aDoubtEndsWithARowThatIsSeen() throws Exception {
    var claims = new TreeClaims(trees.table, new SnapshotDriver(trees.drivers), Duration.ofDays(1));
    var id = new SnapId("x");
    try (var making = claims.claimed(id)) {
      making.doubt();
    }
    try (var removing = claims.claimed(id)) {
      assertThrows(ConflictException.class, () -> claims.claimed(id));
    }
    claims.claimed(id).close();
  }

  /** As where many containers begin from one image at once. */
  @Test
  void aParentThatIsCountedAllTheTimeIsNoTakenKey() throws Exception {
    trees.layer(COPY, "base", NONE, "f");
    var others = new AtomicInteger();
    trees.drivers.beforeEachCommit(() -> {
      if (others.incrementAndGet() % 2 == 1 && others.get() < 80) keys.label(SCOPE, COPY, "base", Map.of("n", "" + others));
    });
    assertEquals("k", keys.prepare(SCOPE, COPY, "k", Optional.of("base"), Map.of()).key());
    assertTrue(others.get() >= 80, "it tried " + others + " times");
    var e = assertThrows(ConflictException.class, () -> keys.remove(SCOPE, COPY, "base"));
    assertTrue(e.getMessage().contains("has 1 children"), e.getMessage());
  }

  /** The deadline ends the tries, and not the clean-up. */
  @Test
  void atTheDeadlineItIsUndone() throws Exception {
    trees.layer(COPY, "base", NONE, "f");
    var others = new AtomicInteger();
    trees.drivers.beforeEachCommit(() -> {
      if (others.incrementAndGet() % 2 == 1) keys.label(SCOPE, COPY, "base", Map.of("n", "" + others));
    });
    var e = assertThrows(ConflictException.class,
        () -> keys.prepare(SCOPE.within(Duration.ofSeconds(2)), COPY, "k", Optional.of("base"), Map.of()));
    assertEquals(0, e.getSuppressed().length);
    trees.drivers.beforeEachCommit(() -> { });
    assertEquals(List.of(keys.get(SCOPE, COPY, "base").id().value()), trees.trees(COPY));
    keys.remove(SCOPE, COPY, "base");
  }

  @Test
  void aCommitOfWhatOthersChangedIsAConflict() throws Exception {
    trees.layer(OVERLAY, "base", NONE, "f");
    keys.prepare(SCOPE, OVERLAY, "k", NONE, Map.of());
    var others = new AtomicInteger();
    trees.drivers.beforeEachCommit(() -> {
      if (others.incrementAndGet() == 1) keys.label(SCOPE, OVERLAY, "k", Map.of("n", "1"));
    });
    assertThrows(ConflictException.class, () -> keys.commit(SCOPE, OVERLAY, "n", "k", Optional.of("base"), Map.of()));
    assertEquals("n", keys.commit(SCOPE, OVERLAY, "n", "k", Optional.of("base"), Map.of()).key());
  }

  /** It is written anew, as by somebody who mends it by hand. */
  @Test
  void aDamagedRowThatChangesMeanwhileIsErasedAllTheSame() throws Exception {
    keys.prepare(SCOPE, COPY, "k", NONE, Map.of());
    damage("k");
    var others = new AtomicInteger();
    trees.drivers.beforeEachCommit(() -> {
      if (others.incrementAndGet() == 1) damage("k");
    });
    keys.remove(SCOPE, COPY, "k");
    assertEquals(NONE, keys.find(SCOPE, COPY, "k").map(SnapshotInfo::key));
    assertFalse(trees.trees(COPY).isEmpty());
    assertEquals(1, keys.sweep(SCOPE, COPY, false).size());
  }

  private void damage(String key) throws IOException {
    trees.table.change(SCOPE, List.of(new Change(SnapshotRow.TABLE, SnapshotRow.rowId(COPY, key), -1, Optional.of(new byte[0]))));
  }
}
