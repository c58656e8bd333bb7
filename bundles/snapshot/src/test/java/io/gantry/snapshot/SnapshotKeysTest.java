package io.gantry.snapshot;

import static io.gantry.snapshot.Trees.BOTH;
import static io.gantry.snapshot.Trees.COPY;
import static io.gantry.snapshot.Trees.OTHER;
import static io.gantry.snapshot.Trees.OVERLAY;
import static io.gantry.snapshot.Trees.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotKeysTest {
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

  private List<String> list(String snapshotter) throws IOException {
    return keys.list(SCOPE, snapshotter, "", 100).stream().map(SnapshotInfo::key).toList();
  }

  /** Three layers and a container over them, by either driver, which core treats alike. */
  @Test
  void layersShowThroughAndAreRemovedFromTheTop() throws Exception {
    for (String s : BOTH) {
      SnapshotInfo a = trees.layer(s, "a", NONE, "one");
      SnapshotInfo b = trees.layer(s, "b", Optional.of("a"), "two");
      assertEquals(new SnapshotInfo(s, "b", b.id(), SnapKind.SEALED, Optional.of("a"), Map.of(), b.usage(), b.created(), b.updated()),
          keys.get(SCOPE, s, "b"));
      assertTrue(a.usage().orElseThrow().sizeBytes() > 0);
      assertEquals(a.usage().get(), keys.usage(SCOPE, s, "a"));
      keys.prepare(SCOPE, s, "box", Optional.of("b"), Map.of());
      assertEquals(List.of("one", "two"), trees.in(s, "box", tree -> {
        Files.writeString(tree.resolve("one"), "changed");
        return Trees.files(tree);
      }));
      assertTrue(keys.usage(SCOPE, s, "box").inodes() > 0, "of one that is not committed the driver tells");
      keys.view(SCOPE, s, "seen", Optional.of("b"), Map.of());
      assertEquals(new Usage(0, 0), keys.usage(SCOPE, s, "seen"), "a view takes nothing");
      assertEquals("of a", trees.in(s, "seen", tree -> Files.readString(tree.resolve("one"))));
      assertThrows(IOException.class, () -> trees.in(s, "seen", tree -> Files.writeString(tree.resolve("new"), "x")));

      assertEquals(List.of("a", "b", "box", "seen"), list(s));
      for (String parent : List.of("a", "b")) {
        var e = assertThrows(ConflictException.class, () -> keys.remove(SCOPE, s, parent));
        assertTrue(e.getMessage().contains("'" + parent + "' has " + (parent.equals("a") ? 1 : 2) + " children"), e.getMessage());
      }
      for (String key : List.of("seen", "box", "b", "a")) keys.remove(SCOPE, s, key);
      assertEquals(List.of(), list(s));
      assertEquals(List.of(), trees.trees(s), "no tree without a row");
    }
  }

  @Test
  void kindsAllowWhatTheyAllow() throws Exception {
    keys.prepare(SCOPE, OVERLAY, "active", NONE, Map.of());
    keys.view(SCOPE, OVERLAY, "view", NONE, Map.of());
    trees.layer(OVERLAY, "sealed", NONE, "f");
    var e = assertThrows(InvalidException.class, () -> keys.prepare(SCOPE, OVERLAY, "k", Optional.of("active"), Map.of()));
    assertTrue(e.getMessage().contains("'active'") && e.getMessage().contains("not committed"), e.getMessage());
    assertThrows(InvalidException.class, () -> keys.view(SCOPE, OVERLAY, "k", Optional.of("view"), Map.of()));
    assertThrows(NotFoundException.class, () -> keys.prepare(SCOPE, OVERLAY, "k", Optional.of("never"), Map.of()));
    assertThrows(NotFoundException.class, () -> keys.prepare(OTHER, OVERLAY, "k", Optional.of("sealed"), Map.of()));
    assertThrows(NotFoundException.class, () -> keys.prepare(SCOPE, COPY, "k", Optional.of("sealed"), Map.of()), "another's parent");
    assertThrows(ConflictException.class, () -> keys.commit(SCOPE, OVERLAY, "n", "view", NONE, Map.of()));
    assertThrows(ConflictException.class, () -> keys.commit(SCOPE, OVERLAY, "n", "sealed", NONE, Map.of()));
    var mounts = assertThrows(ConflictException.class, () -> keys.mounts(SCOPE, OVERLAY, "sealed"));
    assertTrue(mounts.getMessage().contains("make a view"), mounts.getMessage());
    assertEquals(List.of("active", "sealed", "view"), list(OVERLAY));
    assertEquals(3, trees.trees(OVERLAY).size(), "what was refused leaves no tree");
  }

  @Test
  void aKeyIsTakenInItsNamespaceAndSnapshotterAlone() throws Exception {
    SnapshotInfo mine = keys.prepare(SCOPE, OVERLAY, "k", NONE, Map.of());
    for (Callable<?> again : List.<Callable<?>>of(() -> keys.prepare(SCOPE, OVERLAY, "k", NONE, Map.of()),
        () -> keys.view(SCOPE, OVERLAY, "k", NONE, Map.of()), () -> keys.commit(SCOPE, OVERLAY, "k", "k", NONE, Map.of()))) {
      assertThrows(AlreadyExistsException.class, again::call);
    }
    keys.prepare(SCOPE, COPY, "k", NONE, Map.of());
    assertEquals(List.of("k"), list(COPY), "and none of overlayfs, whose rows come next");
    SnapshotInfo theirs = keys.prepare(OTHER, OVERLAY, "k", NONE, Map.of());
    keys.remove(SCOPE, OVERLAY, "k");
    assertEquals(Optional.empty(), keys.find(SCOPE, OVERLAY, "k"));
    assertEquals(theirs, keys.get(OTHER, OVERLAY, "k"));
    assertEquals(List.of(theirs.id().value()), trees.trees(OVERLAY));
    assertFalse(theirs.id().equals(mine.id()));
    assertThrows(InvalidException.class, () -> keys.prepare(SCOPE, OVERLAY, "", NONE, Map.of()));
    assertThrows(InvalidException.class, () -> keys.commit(OTHER, OVERLAY, "", "k", NONE, Map.of()));
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    keys.prepare(OTHER, OVERLAY, "k", NONE, Map.of());
    for (Callable<?> call : List.<Callable<?>>of(() -> keys.get(SCOPE, OVERLAY, "k"), () -> keys.mounts(SCOPE, OVERLAY, "k"),
        () -> keys.usage(SCOPE, OVERLAY, "k"), () -> keys.label(SCOPE, OVERLAY, "k", Map.of("a", "b")),
        () -> keys.commit(SCOPE, OVERLAY, "n", "k", NONE, Map.of()))) {
      var e = assertThrows(NotFoundException.class, call::call);
      assertTrue(e.getMessage().contains("'k'") && e.getMessage().contains("namespace default"), e.getMessage());
    }
    assertThrows(NotFoundException.class, () -> keys.remove(SCOPE, OVERLAY, "k"));
    assertThrows(NotFoundException.class, () -> keys.prepare(SCOPE, "nowhere", "k", NONE, Map.of()));
  }

  @Test
  void aParentMayComeAtCommitWhereTheDriverCan() throws Exception {
    assertTrue(keys.canRebase(SCOPE, OVERLAY));
    assertFalse(keys.canRebase(SCOPE, COPY));
    for (String s : BOTH) {
      trees.layer(s, "a", NONE, "one");
      keys.prepare(SCOPE, s, "late", NONE, Map.of());
      trees.in(s, "late", tree -> Files.writeString(tree.resolve("two"), "2"));
    }
    SnapshotInfo late = keys.commit(SCOPE, OVERLAY, "b", "late", Optional.of("a"), Map.of());
    assertEquals(Optional.of("a"), late.parent());
    keys.view(SCOPE, OVERLAY, "seen", Optional.of("b"), Map.of());
    assertEquals(List.of("one", "two"), trees.in(OVERLAY, "seen", Trees::files));
    assertThrows(ConflictException.class, () -> keys.remove(SCOPE, OVERLAY, "a"), "it counts as a child");
    assertThrows(UnsupportedException.class, () -> keys.commit(SCOPE, COPY, "b", "late", Optional.of("a"), Map.of()));
    assertEquals(SnapKind.ACTIVE, keys.get(SCOPE, COPY, "late").kind());
    assertEquals(NONE, keys.commit(SCOPE, COPY, "b", "late", NONE, Map.of()).parent());

    keys.prepare(SCOPE, OVERLAY, "over a", Optional.of("a"), Map.of());
    assertThrows(InvalidException.class, () -> keys.commit(SCOPE, OVERLAY, "c", "over a", Optional.of("b"), Map.of()));
    keys.prepare(SCOPE, OVERLAY, "free", NONE, Map.of());
    assertThrows(NotFoundException.class, () -> keys.commit(SCOPE, OVERLAY, "c", "free", Optional.of("never"), Map.of()));
    assertEquals(SnapKind.ACTIVE, keys.get(SCOPE, OVERLAY, "free").kind());
  }

  @Test
  void labelsAreMergedAndReplacedByACommit() throws Exception {
    keys.prepare(SCOPE, OVERLAY, "k", NONE, Map.of("a", "1", "b", "2"));
    SnapshotInfo labelled = keys.label(SCOPE, OVERLAY, "k", Map.of("b", "", "c", "3"));
    assertEquals(Map.of("a", "1", "c", "3"), labelled.labels());
    assertEquals(labelled, keys.get(SCOPE, OVERLAY, "k"));
    assertThrows(InvalidException.class, () -> keys.label(SCOPE, OVERLAY, "k", Map.of("k", "x".repeat(4096))));
    assertThrows(InvalidException.class, () -> keys.prepare(SCOPE, OVERLAY, "l", NONE, Map.of("", "x")));
    assertEquals(Map.of("d", "4"), keys.commit(SCOPE, OVERLAY, "n", "k", NONE, Map.of("d", "4")).labels());
    assertEquals(List.of("n"), list(OVERLAY));
  }

  @Test
  void labelsAreReplacedAsAWhole() throws Exception {
    SnapshotInfo made = keys.prepare(SCOPE, OVERLAY, "k", NONE, Map.of("a", "1", "b", "2", "none", ""));
    assertEquals(Map.of("a", "1", "b", "2"), made.labels());
    SnapshotInfo replaced = keys.relabel(SCOPE, OVERLAY, "k", Map.of("c", "3", "a", ""));
    assertEquals(Map.of("c", "3"), replaced.labels());
    assertEquals(replaced, keys.get(SCOPE, OVERLAY, "k"));
    assertTrue(replaced.updated().isAfter(made.updated()));
    assertThrows(InvalidException.class, () -> keys.relabel(SCOPE, OVERLAY, "k", Map.of("k", "x".repeat(4096))));
    assertEquals(Map.of("c", "3"), keys.get(SCOPE, OVERLAY, "k").labels());
    assertEquals(Map.of(), keys.commit(SCOPE, OVERLAY, "n", "k", NONE, Map.of("none", "")).labels());
    assertEquals(Map.of("d", "4"), keys.relabel(SCOPE, OVERLAY, "n", Map.of("d", "4")).labels());
    assertThrows(NotFoundException.class, () -> keys.relabel(SCOPE, OVERLAY, "k", Map.of()));
  }

  /** As clients ask for a layer that somebody may have unpacked already. */
  @Test
  void whatIsThereUnderItsFutureKeyIsNotMadeAgain() throws Exception {
    trees.layer(OVERLAY, "chain", NONE, "f");
    trees.leases.create(SCOPE, "l", Map.of());
    Map<String, String> ref = Map.of(Snapshots.REF_LABEL, "chain");
    for (Callable<?> again : List.<Callable<?>>of(() -> keys.prepare(SCOPE.withLease("l"), OVERLAY, "k", NONE, ref),
        () -> keys.view(SCOPE.withLease("l"), OVERLAY, "k", NONE, ref))) {
      var e = assertThrows(AlreadyExistsException.class, again::call);
      assertTrue(e.getMessage().contains("'chain'"), e.getMessage());
    }
    assertEquals(List.of("snapshots/overlayfs/chain"), trees.leases.held(SCOPE, "l"), "its maker finds it there");
    assertEquals(List.of("chain"), list(OVERLAY));
    assertEquals(1, trees.trees(OVERLAY).size());
    assertEquals(ref, keys.prepare(OTHER, OVERLAY, "k", NONE, ref).labels(), "another namespace does not see it");
    assertEquals(ref, keys.prepare(SCOPE, COPY, "k", NONE, ref).labels(), "nor does another snapshotter");
    assertEquals("k", keys.prepare(SCOPE, OVERLAY, "k", NONE, Map.of(Snapshots.REF_LABEL, "another")).key());
  }

  /** Whoever did not hear the answer asks again. */
  @Test
  void aCommitThatWasDoneIsThereAlready() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    var e = assertThrows(AlreadyExistsException.class, () -> keys.commit(SCOPE, OVERLAY, "a", "making a", NONE, Map.of()));
    assertTrue(e.getMessage().contains("'a'"), e.getMessage());
    assertThrows(NotFoundException.class, () -> keys.commit(SCOPE, OVERLAY, "b", "making a", NONE, Map.of()));
  }

  /** Two make the same, each by a lease of its own: whose commit comes second has it all the same. */
  @Test
  void whatACommitFindsThereIsHeld() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    trees.leases.create(SCOPE, "second", Map.of());
    var second = SCOPE.withLease("second");
    keys.prepare(second, OVERLAY, "k", NONE, Map.of());
    assertThrows(AlreadyExistsException.class, () -> keys.commit(second, OVERLAY, "a", "k", NONE, Map.of()));
    assertTrue(trees.leases.held(SCOPE, "second").contains("snapshots/overlayfs/a"), trees.leases.held(SCOPE, "second").toString());
  }

  @Test
  void mountsTellTheirSnapshotAlsoAfterReopening() throws Exception {
    var mounts = new ArrayList<List<Mount>>();
    var made = new ArrayList<SnapshotInfo>();
    for (String s : BOTH) {
      trees.layer(s, "a", NONE, "one");
      trees.layer(s, "b", Optional.of("a"), "two");
      made.add(keys.prepare(SCOPE, s, "free", NONE, Map.of()));
      made.add(keys.prepare(SCOPE, s, "over b", Optional.of("b"), Map.of()));
      made.add(keys.prepare(SCOPE, s, "sibling", Optional.of("b"), Map.of()));
      keys.view(SCOPE, s, "seen", Optional.of("b"), Map.of());
    }
    for (SnapshotInfo s : made) mounts.add(keys.mounts(SCOPE, s.snapshotter(), s.key()));
    trees.close();
    open();
    for (int i = 0; i < made.size(); i++) {
      assertEquals(Optional.of(made.get(i)), keys.of(SCOPE, mounts.get(i)), made.get(i).key());
      assertEquals(Optional.empty(), keys.of(OTHER, mounts.get(i)), "another namespace's");
    }
    for (String s : BOTH) assertEquals(Optional.empty(), keys.of(SCOPE, keys.mounts(SCOPE, s, "seen")), "shows its parents alone");
    Mount m = mounts.get(1).getFirst();
    var more = new ArrayList<>(m.options());
    more.add("noexec");
    assertEquals(Optional.empty(), keys.of(SCOPE, List.of(new Mount(m.type(), m.source(), m.target(), more))), "is another mount");
    assertEquals(Optional.empty(), keys.of(SCOPE, List.of(new Mount("bind", "/etc", "", List.of("rbind")))));
    assertEquals(Optional.empty(), keys.of(SCOPE, List.of()));
    trees.parts.drivers().take(new DriverRef("snapshot", OVERLAY));
    assertThrows(UnavailableException.class, () -> keys.of(SCOPE, mounts.get(1)), "it may be its");
    keys.remove(SCOPE, COPY, "free");
    assertEquals(Optional.empty(), keys.of(SCOPE, mounts.get(3)));
  }

  @Test
  void aCleanupIsAnsweredByTheDriver() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    keys.cleanup(SCOPE, OVERLAY);
    assertEquals(1, trees.trees(OVERLAY).size());
    assertThrows(NotFoundException.class, () -> keys.cleanup(SCOPE, "nowhere"));
    trees.parts.drivers().take(new DriverRef("snapshot", OVERLAY));
    assertThrows(UnavailableException.class, () -> keys.cleanup(SCOPE, OVERLAY));
  }

  @Test
  void theLeaseHoldsWhatIsMadeUnderIt() throws Exception {
    trees.leases.create(SCOPE, "l", Map.of());
    var leased = SCOPE.withLease("l");
    keys.prepare(leased, OVERLAY, "k", NONE, Map.of());
    keys.view(leased, COPY, "v", NONE, Map.of());
    keys.commit(leased, OVERLAY, "n", "k", NONE, Map.of());
    keys.prepare(SCOPE, OVERLAY, "free", NONE, Map.of());
    assertEquals(List.of("snapshots/native/v", "snapshots/overlayfs/n"), trees.leases.held(SCOPE, "l"), "no k, which is n now");
    var ended = SCOPE.withLease("ended");
    assertThrows(NotFoundException.class, () -> keys.prepare(ended, OVERLAY, "x", NONE, Map.of()));
    assertThrows(NotFoundException.class, () -> keys.commit(ended, OVERLAY, "x", "free", NONE, Map.of()));
    assertEquals(List.of("free", "n"), list(OVERLAY), "what nothing would hold is not made");
    assertEquals(2, trees.trees(OVERLAY).size());
  }

  @Test
  void changesAreTold() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    keys.view(SCOPE, OVERLAY, "v", Optional.of("a"), Map.of());
    keys.prepare(OTHER, COPY, "k", NONE, Map.of());
    keys.remove(SCOPE, OVERLAY, "v");
    assertThrows(ConflictException.class, () -> keys.commit(SCOPE, OVERLAY, "b", "a", NONE, Map.of()));
    assertEquals(List.of("default /snapshot/prepare {key=making a, parent=, snapshotter=overlayfs}",
        "default /snapshot/commit {key=making a, name=a, snapshotter=overlayfs}",
        "other /snapshot/prepare {key=k, parent=, snapshotter=native}",
        "default /snapshot/remove {key=v, snapshotter=overlayfs}"), trees.told.lines());
  }

  @Test
  void recordsStayWhileTheDriverIsAway() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    assertEquals(BOTH.stream().sorted().toList(), keys.snapshotters(SCOPE));
    trees.parts.drivers().take(new DriverRef("snapshot", OVERLAY));
    trees.parts.drivers().take(new DriverRef("snapshot", COPY));
    assertEquals(List.of("a"), list(OVERLAY));
    assertTrue(keys.usage(SCOPE, OVERLAY, "a").sizeBytes() > 0, "was counted when it was committed");
    assertEquals(List.of(OVERLAY), keys.snapshotters(SCOPE));
    assertEquals(List.of(), keys.snapshotters(OTHER));
    assertThrows(UnavailableException.class, () -> keys.prepare(SCOPE, OVERLAY, "k", Optional.of("a"), Map.of()));
    assertEquals(List.of("a"), list(OVERLAY), "nothing was recorded");
  }

  @Test
  void allIsThereAgainAfterReopening() throws Exception {
    SnapshotInfo a = trees.layer(OVERLAY, "a", NONE, "one");
    SnapshotInfo box = keys.prepare(SCOPE, OVERLAY, "box", Optional.of("a"), Map.of("k", "v"));
    var mounts = keys.mounts(SCOPE, OVERLAY, "box");
    trees.close();
    open();
    assertEquals(List.of(a, box), keys.list(SCOPE, OVERLAY, "", 10));
    assertEquals(mounts, keys.mounts(SCOPE, OVERLAY, "box"));
    assertThrows(ConflictException.class, () -> keys.remove(SCOPE, OVERLAY, "a"));
    assertEquals(List.of("one"), trees.in(OVERLAY, "box", Trees::files));
  }

  /** A copy takes several calls; each is answered by another instance, as if the driver were replaced all the time. */
  @Test
  void longWorkGoesOnOnTheNextInstance() throws Exception {
    keys.prepare(SCOPE, COPY, "many", NONE, Map.of());
    trees.in(COPY, "many", tree -> {
      for (int i = 0; i < 3_000; i++) Files.writeString(tree.resolve("f" + i), "x");
      return tree;
    });
    keys.commit(SCOPE, COPY, "a", "many", NONE, Map.of());
    int before = trees.calls;
    trees.afterEachCall(() -> trees.openDriver(COPY));
    keys.prepare(SCOPE, COPY, "box", Optional.of("a"), Map.of());
    trees.afterEachCall(() -> { });
    assertTrue(trees.calls > before + 1, "the copy was made in one call; take more files");
    assertEquals(3_000, trees.in(COPY, "box", Trees::files).size());
  }

  /** As behind the copy of a large tree by another caller. */
  @Test
  void whoWaitsForAnotherCallIsCancelled() throws Exception {
    var copying = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    trees.afterEachCall(() -> {
      copying.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    });
    var first = new FutureTask<>(() -> keys.prepare(SCOPE, COPY, "k", NONE, Map.of()));
    Thread.ofVirtual().start(first);
    try {
      assertTrue(copying.await(10, TimeUnit.SECONDS));
      var second = new FutureTask<>(() -> keys.prepare(SCOPE, COPY, "k", NONE, Map.of()));
      Thread waiting = Thread.ofVirtual().start(second);
      assertThrows(TimeoutException.class, () -> second.get(100, TimeUnit.MILLISECONDS));
      waiting.interrupt();
      var e = assertThrows(ExecutionException.class, () -> second.get(10, TimeUnit.SECONDS));
      assertInstanceOf(InterruptedIOException.class, e.getCause());
      var third = new FutureTask<>(() -> keys.prepare(SCOPE.within(Duration.ofMillis(50)), COPY, "k", NONE, Map.of()));
      Thread.ofVirtual().start(third);
      e = assertThrows(ExecutionException.class, () -> third.get(10, TimeUnit.SECONDS));
      assertTrue(assertInstanceOf(UnavailableException.class, e.getCause()).getMessage().contains("'k' of native"), e.toString());
    } finally {
      go.countDown();
    }
    assertEquals("k", first.get(10, TimeUnit.SECONDS).key());
    trees.afterEachCall(() -> { });
    keys.remove(SCOPE, COPY, "k");
    assertEquals(List.of(), trees.trees(COPY), "who was cancelled made nothing");
  }

  @Test
  void ofTwoCallersForOneKeyOneWins() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    List<Callable<String>> all = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      all.add(() -> {
        try {
          return keys.prepare(SCOPE, OVERLAY, "k", Optional.of("a"), Map.of()).id().value();
        } catch (AlreadyExistsException e) {
          return "";
        }
      });
    }
    assertEquals(List.of(keys.get(SCOPE, OVERLAY, "a").id().value()), trees.trees(OVERLAY));
    List<String> won = answers(all);
    assertEquals(List.of(keys.get(SCOPE, OVERLAY, "k").id().value()), won);
    assertEquals(2, trees.trees(OVERLAY).size(), "losers leave no tree");
  }

  /** Children come and go while others try to remove the parent: it is removed when it has none, and never under one. */
  @Test
  void childrenAreCountedRightWhenManyComeAtOnce() throws Exception {
    trees.layer(OVERLAY, "a", NONE, "f");
    List<Callable<String>> all = new ArrayList<>();
    for (int t = 0; t < 6; t++) {
      String key = "child" + t;
      boolean stays = t % 3 == 0;
      all.add(() -> {
        keys.prepare(SCOPE, OVERLAY, key, Optional.of("a"), Map.of());
        if (!stays) keys.remove(SCOPE, OVERLAY, key);
        return stays ? key : "";
      });
    }
    assertEquals(List.of("child0", "child3"), answers(all));
    var e = assertThrows(ConflictException.class, () -> keys.remove(SCOPE, OVERLAY, "a"));
    assertTrue(e.getMessage().contains("has 2 children"), e.getMessage());
    keys.remove(SCOPE, OVERLAY, "child0");
    keys.remove(SCOPE, OVERLAY, "child3");
    keys.remove(SCOPE, OVERLAY, "a");
  }

  /** Layers that are unpacked twice at once end under one name. */
  @Test
  void ofTwoCommitsUnderOneNameOneWins() throws Exception {
    List<Callable<String>> all = new ArrayList<>();
    for (int t = 0; t < 6; t++) {
      String key = "k" + t;
      keys.prepare(SCOPE, OVERLAY, key, NONE, Map.of());
      all.add(() -> {
        try {
          return keys.commit(SCOPE, OVERLAY, "n", key, NONE, Map.of()).id().value();
        } catch (AlreadyExistsException e) {
          return "";
        }
      });
    }
    List<String> won = answers(all);
    assertEquals(List.of(keys.get(SCOPE, OVERLAY, "n").id().value()), won);
    assertEquals(6, list(OVERLAY).size(), "losers keep theirs: " + list(OVERLAY));
  }

  /** What all answered but the empty, in order. */
  private static List<String> answers(List<Callable<String>> all) throws Exception {
    List<String> answers = new ArrayList<>();
    try (var pool = Executors.newFixedThreadPool(all.size())) {
      for (Future<String> f : pool.invokeAll(all)) if (!f.get().isEmpty()) answers.add(f.get());
    }
    return answers.stream().sorted().toList();
  }
}
