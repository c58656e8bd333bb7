package io.gantry.gc;

import static io.gantry.gc.World.LOCAL;
import static io.gantry.gc.World.NATIVE;
import static io.gantry.gc.World.SCOPE;
import static io.gantry.gc.World.digest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.records.LeaseRecords;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Report;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kind;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes between mark and sweep, and what is not there or was cut. */
class GuardsTest {
  private static final String GC = "containerd.io/gc.";
  @TempDir Path root;
  private Hooked drivers;
  private World world;

  @BeforeEach
  void open() throws IOException {
    drivers = new Hooked();
    world = new World(root, drivers, Map.of("automatic", false, "grace.seconds", 0));
  }

  @AfterEach
  void close() throws IOException {
    if (world != null) world.close();
  }

  /** With a time of grace; what is made under a lease that has gone is held by nothing. */
  private Scope withGrace() throws IOException {
    world.close();
    world = new World(root, drivers, Map.of("automatic", false));
    world.leases.create(SCOPE, "gone", Map.of());
    return SCOPE.withLease("gone");
  }

  @Test
  void anImageThatIsMadeMeanwhile() throws Exception {
    Digest layer = world.blob("layer");
    Digest manifest = world.blob("manifest", GC + "ref.content.l.0", layer.toString());
    Digest lost = world.blob("lost");
    drivers.between(() -> world.image("i", manifest));
    assertEquals(List.of(new Gone(Kind.CONTENT, "default", lost.toString(), 4)), world.collect().gone());
    assertEquals(2, world.stored().size());
  }

  @Test
  void aLabelThatIsSetMeanwhile() throws Exception {
    Digest a = world.blob("a");
    Digest b = world.blob("b", GC + "ref.content", a.toString());
    Digest target = world.blob("target");
    Digest root = world.blob("root");
    Digest back = world.blob("back");
    world.image("i", target);
    drivers.between(() -> {
      world.contents.label(SCOPE, target, Map.of(GC + "ref.content.x", b.toString()));
      world.contents.label(SCOPE, root, Map.of(GC + "root", "yes"));
      world.contents.label(SCOPE, back, Map.of(GC + "bref.content", a.toString()));
    });
    assertEquals(List.of(), world.collect().gone());
  }

  @Test
  void aContainerThatIsMadeMeanwhile() throws Exception {
    world.layer("base", "");
    world.layer("top", "base");
    world.layer("lost", "base");
    drivers.between(() -> world.container("c", "top", Map.of()));
    assertEquals(List.of(NATIVE + "/lost"), world.collect().gone().stream().map(Gone::id).toList());
    assertEquals(List.of("base", "top"), world.keys());
  }

  @Test
  void aSnapshotThatIsMadeMeanwhile() throws Exception {
    Scope leased = withGrace();
    world.layer(leased, "base", "", Map.of());
    world.layer(leased, "top", "base", Map.of());
    world.leases.remove(SCOPE, "gone");
    drivers.between(() -> world.snapshots.prepare(SCOPE, NATIVE, "mine", Optional.of("top"), Map.of()));
    assertEquals(List.of(), world.collect().gone());
    assertEquals(List.of("base", "mine", "top"), world.keys());
  }

  @Test
  void whatIsHeldMeanwhile() throws Exception {
    Digest a = world.blob("a");
    Digest b = world.blob("b", GC + "ref.content", a.toString());
    world.layer("base", "");
    world.leases.create(SCOPE, "l", Map.of());
    drivers.between(() -> {
      world.leases.add(SCOPE, "l", new Resource("content", b.toString()));
      world.leases.add(SCOPE, "l", new Resource("snapshots/" + NATIVE, "base"));
    });
    assertEquals(List.of(), world.collect().gone());
  }

  @Test
  void whatIsToldToBeThereMeanwhile() throws Exception {
    Scope leased = withGrace();
    Digest a = world.blob(leased, "a", Map.of());
    world.layer(leased, "base", "", Map.of());
    world.leases.remove(SCOPE, "gone");
    drivers.between(() -> {
      var spec = new WriterSpec("again", Optional.of(a), OptionalLong.empty(), Map.of());
      assertThrows(AlreadyExistsException.class, () -> world.contents.writer(SCOPE, spec));
      assertThrows(AlreadyExistsException.class, () -> world.snapshots.prepare(SCOPE, NATIVE, "x", Optional.empty(), Map.of(
          Snapshots.REF_LABEL, "base")));
    });
    assertEquals(List.of(), world.collect().gone());
    assertEquals(List.of(), world.collect().gone());
  }

  @Test
  void anImageWhoseEndIsPutOffMeanwhile() throws Exception {
    Digest a = world.blob("a");
    world.image(SCOPE, "i", a, Map.of(GC + "expire", "2001-01-01T00:00:00Z"));
    drivers.between(() -> world.images.label(SCOPE, "i", Map.of(GC + "expire", "")));
    assertEquals(List.of(), world.collect().gone());
    assertTrue(world.images.find(SCOPE, "i").isPresent());
  }

  @Test
  void whatIsMadeAndRemovedMeanwhileIsLeftForTheNext() throws Exception {
    Digest a = world.blob("a");
    drivers.between(() -> {
      world.image("i", a);
      world.images.remove(SCOPE, "i");
    });
    assertEquals(List.of(), world.collect().gone());
    assertEquals(1, world.collect().gone().size());
  }

  @Test
  void whatAnAbsentStoreHasStays() throws Exception {
    Digest a = world.blob("a");
    world.layer("base", "");
    world.take(ContentStore.KIND, LOCAL);
    Report report = world.collect();
    assertEquals(List.of(NATIVE + "/base"), report.gone().stream().map(Gone::id).toList());
    assertTrue(report.skipped().toString().contains("blobs in 'local': its driver is away"), report.skipped()::toString);
    assertEquals(List.of(a.toString()), world.blobs(SCOPE));
    world.openStore();
    report = world.collect();
    assertEquals(List.of(new Gone(Kind.CONTENT, "default", a.toString(), 1)), report.gone());
    assertEquals(List.of(), report.skipped());
  }

  @Test
  void whatAnAbsentSnapshotterHasStays() throws Exception {
    world.blob("a");
    world.layer("base", "");
    world.take(Snapshotter.KIND, NATIVE);
    Report report = world.collect();
    assertEquals(1, report.gone().size());
    assertTrue(report.skipped().toString().contains("snapshots of 'native': its driver is away"), report.skipped()::toString);
    assertEquals(List.of("base"), world.keys());
    world.openSnapshotter();
    assertEquals(List.of(NATIVE + "/base"), world.collect().gone().stream().map(Gone::id).toList());
    assertEquals(List.of(), world.trees());
  }

  /** What a crash between the record and its bytes leaves, and one between the bytes and their record. */
  @Test
  void whatACrashLeftGoes() throws Exception {
    Digest a = world.blob("a");
    world.contents.remove(SCOPE, a);
    String tree = world.layer("base", "").id().value();
    assertThrows(UnavailableException.class, () -> world.snapshots.collect(SCOPE, NATIVE, "base", () -> {
      world.take(Snapshotter.KIND, NATIVE);
      return true;
    }));
    world.openSnapshotter();
    assertEquals(List.of(tree), world.trees());
    var left = List.of(new Gone(Kind.SNAPSHOT, "", NATIVE + "/" + tree, 0), new Gone(Kind.CONTENT, "", a.toString(), 1));
    assertEquals(left, world.gc.collect(SCOPE, CollectRequest.dry()).gone());
    assertEquals(left, world.collect().gone());
    assertEquals(List.of(), world.trees());
    assertEquals(List.of(), world.stored());
  }

  /** By its owner, who needs it for longer. */
  @Test
  void aLeaseThatEndedAndIsMadeAnewMeanwhile() throws Exception {
    Digest a = world.blob("a");
    world.leases.create(SCOPE, "before", Map.of());
    world.leases.create(SCOPE, "l", Map.of(GC + "expire", "2001-01-01T00:00:00Z"));
    Leases leases = World.before(Leases.class, world.leases, "resources", () -> { // of the one before, when both were listed
      world.leases.remove(SCOPE, "l");
      world.leases.create(SCOPE, "l", Map.of());
      world.leases.add(SCOPE, "l", new Resource("content", a.toString()));
    });
    var parts = new Parts(world.table, leases, world.leases, world.images, world.namespaces, world.contents, world.contents,
        world.snapshots, world.parts.drivers());
    var settings = new Settings(false, Duration.ZERO, Duration.ofDays(1), Duration.ZERO, 1, Duration.ofSeconds(1));
    assertEquals(List.of(), new Round(parts, settings, SCOPE, false, new Strays(false, Set.of())).run().gone());
    assertEquals(List.of("content/" + a), world.leases.held(SCOPE, "l"));
  }

  /** Of a lease whose id nobody knows any more; an interruption or a deadline between its two steps does it, too. */
  @Test
  void aRemovalOfALeaseThatWasCutIsEnded() throws Exception {
    Scope other = SCOPE.withNamespace("other");
    String id = world.leases.create(other, "", Map.of()).id();
    world.leases.add(other, id, new Resource("images", "i"));
    var changes = new AtomicInteger();
    Table cut = World.before(Table.class, world.table, "change", () -> {
      if (changes.incrementAndGet() == 2) throw new InterruptedIOException("the second step");
    });
    assertThrows(InterruptedIOException.class, () -> new LeaseRecords(cut).remove(other, id));
    assertEquals(List.of(), world.leases.list(other));
    world.gc.collect(SCOPE, CollectRequest.dry());
    assertThrows(ConflictException.class, () -> world.namespaces.remove(SCOPE, "other"));
    assertEquals(List.of(), world.collect().gone());
    world.namespaces.remove(SCOPE, "other");
  }

  /** A commit of the same bytes that comes between the record's removal and that of the bytes finds them, and keeps them. */
  @Test
  void bytesThatAreWrittenAgainMeanwhileStay() throws Exception {
    Digest a = world.blob("a");
    world.contents.remove(SCOPE, a);
    drivers.between(() -> world.blob("a"));
    assertEquals(List.of(), world.collect().gone());
    assertEquals(List.of(a), world.stored());
    assertEquals("a", new String(world.contents.read(SCOPE, digest("a"), 10)));
  }

  @Test
  void whoAsksWhileOneIsUnderWayGetsOneThatBeganLater() throws Exception {
    var inside = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    drivers.between(() -> {
      inside.countDown();
      assertTrue(go.await(20, TimeUnit.SECONDS));
    });
    var first = started();
    assertTrue(inside.await(20, TimeUnit.SECONDS));
    Digest late = world.blob("late");
    var second = started();
    var third = started();
    assertThrows(UnavailableException.class, () -> world.gc.collect(SCOPE.within(Duration.ofMillis(50)), CollectRequest.defaults()));
    while (!waits(second) || !waits(third)) Thread.onSpinWait();
    go.countDown();
    assertEquals(List.of(), first.task().get(20, TimeUnit.SECONDS).gone());
    assertEquals(List.of(late.toString()), second.task().get(20, TimeUnit.SECONDS).gone().stream().map(Gone::id).toList());
    assertSame(second.task().get(), third.task().get(20, TimeUnit.SECONDS));
    assertEquals(2, drivers.collections.get());
  }

  private record Asked(FutureTask<Report> task, Thread thread) {}

  private Asked started() {
    var task = new FutureTask<>(world::collect);
    return new Asked(task, Thread.ofPlatform().daemon().start(task));
  }

  private static boolean waits(Asked asked) {
    return asked.thread().getState() == Thread.State.TIMED_WAITING || asked.thread().getState() == Thread.State.WAITING;
  }

  /** What was kept under other records is not garbage for that. */
  @Test
  void manyThingsWithoutARecordAreLeftAlone() throws Exception {
    for (int i = 0; i <= Strays.FEW; i++) world.blob("blob " + i);
    world.layer("base", "");
    world.close();
    world = World.withOtherRecords(root);
    Report report = world.collect();
    assertEquals(1, report.gone().size(), "one tree is what a crash may leave");
    assertTrue(report.skipped().toString().contains("101 blobs in 'local' that no record tells of, beside 0"), report.skipped()::toString);
    assertEquals(101, world.stored().size());
    assertEquals(101, world.gc.collect(SCOPE, new CollectRequest(true, true)).gone().size());
    assertEquals(101, world.gc.collect(SCOPE, new CollectRequest(false, true)).gone().size());
    assertEquals(List.of(), world.stored());
  }

  /** Those whose records were removed under its eyes are known. */
  @Test
  void manyThatWereRemovedGo() throws Exception {
    for (int i = 0; i <= Strays.FEW; i++) world.contents.remove(SCOPE, world.blob("blob " + i));
    assertEquals(101, world.collect().gone().size());
    assertEquals(List.of(), world.stored());
  }

  /** Something that is away for good must not let the memory grow with each blob that goes. */
  @Test
  void blobsThatWentAreForgottenThoughSomethingIsLeftAlone() throws Exception {
    world.layer("base", "");
    world.take(Snapshotter.KIND, NATIVE);
    world.contents.remove(SCOPE, world.blob("removed"));
    world.blob("collected");
    Digest both = world.blob("both");
    world.blob(SCOPE.withNamespace("other"), "both", Map.of());
    world.image(SCOPE.withNamespace("other"), "i", both, Map.of());
    assertEquals(Set.of(digest("removed").toString()), world.gc.pace.removed());
    assertEquals(List.of("snapshots of '" + NATIVE + "': its driver is away"), world.collect().skipped());
    assertEquals(Set.of(both.toString()), world.gc.pace.removed(), "told while it went, so the next looks for its bytes");
    world.collect();
    assertEquals(Set.of(), world.gc.pace.removed());
  }

  /** Only what may lie in the store that is away is still known. */
  @Test
  void blobsThatWentAreForgottenThoughAStoreIsAway() throws Exception {
    world.blob("away");
    world.take(ContentStore.KIND, LOCAL);
    removed("sha256:nowhere");
    for (int i = 0; i < 2; i++) {
      assertTrue(world.collect().skipped().contains("blobs in '" + LOCAL + "': its driver is away"));
      assertEquals(Set.of("sha256:nowhere"), world.gc.pace.removed());
    }
    world.openStore();
    world.collect();
    world.collect();
    assertEquals(Set.of(), world.gc.pace.removed());
  }

  @Test
  void noMoreThanSoManyRemovedBlobsAreKnown() throws Exception {
    String[] all = new String[Pace.MOST_REMOVED + 1];
    for (int i = 0; i < all.length; i++) all[i] = "sha256:" + i;
    removed(all);
    assertEquals(Pace.MOST_REMOVED, world.gc.pace.removed().size());
    world.collect();
    assertEquals(Set.of(), world.gc.pace.removed());
  }

  private void removed(String... digests) throws IOException {
    world.table.change(SCOPE, Arrays.stream(digests).map(d -> new Change("content", d, -1, Optional
        .empty())).toList());
  }
}
