package io.gantry.gc;

import static io.gantry.gc.World.NATIVE;
import static io.gantry.gc.World.OTHER;
import static io.gantry.gc.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Report;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kept;
import io.gantry.service.gc.Report.Kind;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stays and what goes. */
class MarksTest {
  private static final String GC = "containerd.io/gc.";
  private static final Strays NONE = new Strays(false, java.util.Set.of());
  private static final String PAST = "2001-01-01T00:00:00Z";
  private static final String FUTURE = "2101-01-01T00:00:00+02:00";
  @TempDir Path root;
  private World world;

  @BeforeEach
  void open() throws IOException {
    world = World.quiet(root);
  }

  @AfterEach
  void close() throws IOException {
    if (world != null) world.close();
  }

  /** Collects; these blobs are left, as records and as bytes. */
  private Report left(Digest... digests) throws IOException {
    Report dry = world.gc.collect(SCOPE, CollectRequest.dry());
    Report report = world.collect();
    assertEquals(Stream.of(digests).map(Digest::toString).sorted().toList(), world.blobs(SCOPE));
    assertEquals(Stream.of(digests).sorted(java.util.Comparator.comparing(Digest::toString)).toList(), world.stored());
    assertEquals(dry.gone(), report.gone(), "what a dry run says is what goes");
    return report;
  }

  @Test
  void anImageKeepsWhatItsManifestNames() throws Exception {
    Digest layer = world.blob("layer");
    Digest other = world.blob("other layer");
    Digest config = world.blob("config", GC + "ref.snapshot." + NATIVE, "top");
    world.layer("base", "");
    world.layer("top", "base");
    world.layer("lost", "base");
    Digest manifest = world.blob(SCOPE, "manifest", Map.of(GC + "ref.content.config", config.toString(), GC + "ref.content.l.0", layer
        .toString(), GC + "ref.content/l.1", other.toString()));
    world.image("redis", manifest);
    Digest lost = world.blob("lost");
    Report report = left(manifest, config, layer, other);
    assertEquals(List.of(new Gone(Kind.SNAPSHOT, "default", NATIVE + "/lost", report.gone().getFirst().bytes()), new Gone(Kind.CONTENT,
        "default", lost.toString(), 4)), report.gone());
    assertEquals(List.of("base", "top"), world.keys());
    assertEquals(2, world.trees().size());
    world.images.remove(SCOPE, "redis");
    left();
    assertEquals(List.of(), world.keys());
    assertEquals(List.of(), world.trees());
  }

  @Test
  void nothingButKnownLabelsRefers() throws Exception {
    Digest a = world.blob("a");
    Digest target = world.blob(SCOPE, "target", Map.of(GC + "ref.contents", a.toString(), GC + "ref.contentx.1", a.toString(), "gc.ref"
        + ".content", a.toString(), GC + "ref.snapshot.x" + NATIVE, "base"));
    world.layer("base", "");
    world.image("i", target);
    left(target);
    assertEquals(List.of(), world.keys());
  }

  @Test
  void labelsOfImagesAndContainersReferToo() throws Exception {
    Digest a = world.blob("a");
    Digest b = world.blob("b");
    Digest target = world.blob("target");
    Digest byImage = world.blob("by image");
    world.layer("base", "");
    world.image(SCOPE, "i", target, Map.of(GC + "ref.content", a.toString()));
    world.image(SCOPE, "ended", byImage, Map.of(GC + "expire", PAST));
    world.container("c", "", Map.of(GC + "ref.content.x", b.toString(), GC + "ref.snapshot." + NATIVE + "/x", "base", GC + "ref.image",
        "ended"));
    left(a, b, target, byImage);
    assertEquals(List.of("base"), world.keys());
    assertTrue(world.images.find(SCOPE, "ended").isPresent(), "a container refers to it");
    world.containers.remove(SCOPE, "c");
    left(a, target);
    assertEquals(List.of(), world.keys());
  }

  @Test
  void aContainerKeepsItsSnapshotWithAllBelow() throws Exception {
    world.layer("base", "");
    world.snapshots.prepare(SCOPE, NATIVE, "mine", Optional.of("base"), Map.of());
    world.snapshots.prepare(SCOPE, NATIVE, "nobody's", Optional.of("base"), Map.of());
    world.container("c", "mine", Map.of());
    world.collect();
    assertEquals(List.of("base", "mine"), world.keys());
    world.containers.remove(SCOPE, "c");
    assertEquals(2, world.collect().count(Kind.SNAPSHOT));
    assertEquals(List.of(), world.keys());
  }

  @Test
  void rootsStayWithWhatTheyReferTo() throws Exception {
    Digest a = world.blob("a");
    Digest b = world.blob(SCOPE, "b", Map.of(GC + "root", "any", GC + "ref.content.0", a.toString()));
    world.layer("base", "");
    world.layer(SCOPE, "top", "base", Map.of(GC + "root", "2026-01-01T00:00:00Z"));
    left(a, b);
    assertEquals(List.of("base", "top"), world.keys());
    world.contents.label(SCOPE, b, Map.of(GC + "root", ""));
    world.snapshots.label(SCOPE, NATIVE, "top", Map.of(GC + "root", ""));
    left();
    assertEquals(List.of(), world.keys());
  }

  @Test
  void aTimeHoldsBlobsAndEndsImages() throws Exception {
    Digest a = world.blob("a", GC + "expire", FUTURE);
    world.blob("b", GC + "expire", PAST);
    Digest c = world.blob("c", GC + "expire", "tomorrow, perhaps");
    Digest d = world.blob("d");
    Digest e = world.blob("e");
    world.image(SCOPE, "stays", d, Map.of(GC + "expire", FUTURE));
    world.image(SCOPE, "goes", e, Map.of(GC + "expire", PAST));
    world.layer(SCOPE, "held", "", Map.of(GC + "expire", FUTURE));
    world.layer(SCOPE, "ended", "", Map.of(GC + "expire", PAST));
    world.told.news();
    left(a, c, d);
    assertEquals(List.of("held"), world.keys());
    assertEquals(Optional.empty(), world.images.find(SCOPE, "goes"));
    assertTrue(world.told.lines().contains("default /images/delete {name=goes}"), world.told.lines()::toString);
  }

  @Test
  void whatIsReferredToByItsOwnSaying() throws Exception {
    Digest subject = world.blob("subject");
    Digest signature = world.blob("signature", GC + "bref.content.subject", subject.toString());
    Digest ofSnapshot = world.blob("of snapshot", GC + "bref.snapshot." + NATIVE + "/x", "base");
    Digest ofContainer = world.blob("of container", GC + "bref.container", "c");
    Digest ofImage = world.blob("of image", GC + "bref.image.x", "i");
    world.blob("of nobody", GC + "bref.image", "j");
    world.layer("base", "");
    world.container("c", "base", Map.of());
    world.image("i", subject);
    left(subject, signature, ofSnapshot, ofContainer, ofImage);
    world.images.remove(SCOPE, "i");
    left(ofSnapshot, ofContainer);
  }

  /** Those that nothing would be missing without are not told: what they hold is an image's, too, or is not there. */
  @Test
  void leasesThatAloneKeepSomethingAreTold() throws Exception {
    Digest both = world.blob("both");
    Digest alone = world.blob("alone");
    Digest layer = world.blob("layer");
    Digest parent = world.blob("parent", GC + "ref.content.l.0", layer.toString());
    world.image("i", both);
    world.leases.create(SCOPE, "useless", Map.of());
    for (Digest d : List.of(both, World.digest("nothing"))) world.leases.add(SCOPE, "useless", new Resource("content", d.toString()));
    world.leases.add(SCOPE, "useless", new Resource("ingests", "w"));
    world.leases.create(SCOPE, "a", Map.of(GC + "expire", FUTURE));
    for (Digest d : List.of(both, alone)) world.leases.add(SCOPE, "a", new Resource("content", d.toString()));
    world.leases.create(SCOPE, "b", Map.of());
    for (Digest d : List.of(alone, parent)) world.leases.add(SCOPE, "b", new Resource("content", d.toString()));
    world.leases.create(SCOPE, "c", Map.of(GC + "flat", ""));
    world.leases.add(SCOPE, "c", new Resource("content", layer.toString()));
    world.leases.create(SCOPE, "ended", Map.of(GC + "expire", PAST));
    world.leases.add(SCOPE, "ended", new Resource("content", alone.toString()));
    world.layer(OTHER, "base", "", Map.of());
    world.leases.create(OTHER, "a", Map.of());
    world.leases.add(OTHER, "a", new Resource("snapshots/" + NATIVE, "base"));
    Instant future = OffsetDateTime.parse(FUTURE).toInstant();
    List<Kept> kept = List.of(new Kept("default", "a", Optional.of(future)), new Kept("default", "b", Optional.empty()),
        new Kept("default", "c", Optional.empty()), new Kept("other", "a", Optional.empty()));
    assertEquals(kept, world.gc.collect(SCOPE, CollectRequest.dry()).kept());
    assertEquals(kept, world.collect().kept());
    for (String l : List.of("a", "b", "c")) world.leases.remove(SCOPE, l);
    assertEquals(kept.subList(3, 4), world.collect().kept());
    assertEquals(List.of(both.toString()), world.blobs(SCOPE));
  }

  @Test
  void leasesHoldUntilTheyEnd() throws Exception {
    Digest a = world.blob("a");
    Digest b = world.blob("b", GC + "ref.content.0", a.toString());
    world.layer("base", "");
    world.leases.create(SCOPE, "l", Map.of(GC + "expire", FUTURE));
    world.leases.add(SCOPE, "l", new Resource("content", b.toString()));
    world.leases.add(SCOPE, "l", new Resource("snapshots/" + NATIVE, "base"));
    left(a, b);
    assertEquals(List.of("base"), world.keys());
    world.leases.create(SCOPE, "flat", Map.of(GC + "flat", "", GC + "expire", FUTURE));
    world.leases.remove(SCOPE, "l");
    world.leases.create(SCOPE, "flat 2", Map.of(GC + "flat", "true"));
    world.leases.add(SCOPE, "flat 2", new Resource("content", b.toString()));
    left(b);
    assertEquals(List.of(), world.keys());
    world.leases.remove(SCOPE, "flat 2");
    world.leases.create(SCOPE, "ended", Map.of(GC + "expire", PAST));
    world.leases.add(SCOPE, "ended", new Resource("content", b.toString()));
    Report report = left();
    assertEquals(List.of(new Gone(Kind.LEASE, "default", "ended", 0), new Gone(Kind.CONTENT, "default", b.toString(), 1)), report.gone());
    assertEquals(List.of("flat"), world.leases.list(SCOPE).stream().map(l -> l.id()).toList());
  }

  /** As containerd: no label of what it lists counts, but an image is nothing without its target, nor a snapshot without its parents. */
  @Test
  void aFlatLeaseHoldsWhatItsThingsAreMadeOf() throws Exception {
    Digest config = world.blob("config");
    Digest other = world.blob("other");
    Digest target = world.blob("target", GC + "ref.content.config", config.toString());
    world.image(SCOPE, "i", target, Map.of(GC + "expire", PAST, GC + "ref.content.other", other.toString()));
    world.layer("base", "");
    world.layer("middle", "base");
    world.layer("referred", "");
    world.layer(SCOPE, "top", "middle", Map.of(GC + "ref.snapshot." + NATIVE, "referred"));
    world.leases.create(SCOPE, "flat", Map.of(GC + "flat", "true"));
    world.leases.add(SCOPE, "flat", new Resource("images", "i"));
    world.leases.add(SCOPE, "flat", new Resource("snapshots/" + NATIVE, "top"));
    left(target);
    assertEquals(List.of("base", "middle", "top"), world.keys());
    assertTrue(world.images.find(SCOPE, "i").isPresent());
    world.leases.remove(SCOPE, "flat");
    left();
    assertEquals(List.of(), world.keys());
  }

  /** As newer versions of containerd have it. */
  @Test
  void aSnapshotRefersToWhatWaitsForItsUse() throws Exception {
    String cond = GC + "cond.snapshot." + NATIVE;
    String recently = Instant.now().minusSeconds(3600).toString();
    Digest within = world.blob("within", cond, "usedat<1h30m|cache");
    world.blob("over", cond + "/x", "usedat<0.5h|cache");
    Digest either = world.blob("either", cond + "/x", "size>4,usedat<20m,usedat>59m59s|cache");
    world.blob("not yet", cond, "usedat>61m|cache");
    for (String strange : List.of("usedat<2h", "usedat<x|cache", "usedat=1h|cache", "usedat<2|cache", "used<2h|cache", "usedat<2h|other",
        "usedat<99999999999h|cache")) {
      world.blob("strange " + strange, cond, strange);
    }
    Digest ofImage = world.blob("of image");
    world.image(SCOPE, "i", ofImage, Map.of(GC + "expire", PAST, cond, "usedat<2h|cache"));
    world.layer(SCOPE, "cache", "", Map.of(GC + "root", "x", GC + "cond.value-usedat", recently));
    world.layer(SCOPE, "other", "", Map.of(GC + "root", "x", GC + "cond.value-usedat", "yesterday"));
    left(within, either, ofImage);
    world.snapshots.label(SCOPE, NATIVE, "cache", Map.of(GC + "cond.value-usedat", Instant.now().minusSeconds(36_000).toString()));
    left(either);
    world.snapshots.label(SCOPE, NATIVE, "cache", Map.of(GC + "root", ""));
    left();
  }

  @Test
  void theEndOfAConditionIsKnown() throws Exception {
    var parts = new Parts(world.table, world.leases, world.leases, world.images, world.namespaces, world.contents, world.contents,
        world.snapshots,
        world.parts.drivers());
    world.blob("a", GC + "cond.snapshot." + NATIVE, "usedat<2h|cache");
    world.layer(SCOPE, "cache", "", Map.of(GC + "root", "x", GC + "cond.value-usedat", "2100-01-01T00:00:00Z"));
    var later = new Settings(false, java.time.Duration.ZERO, java.time.Duration.ofDays(1), java.time.Duration.ZERO, 1, java.time.Duration
        .ofSeconds(1));
    var round = new Round(parts, later, SCOPE, true, NONE);
    assertEquals(List.of(), round.run().gone());
    assertEquals(Instant.parse("2100-01-01T02:00:00Z"), round.next());
  }

  @Test
  void aLeaseHoldsAnImagePastItsEnd() throws Exception {
    Digest a = world.blob("a");
    world.image(SCOPE, "i", a, Map.of(GC + "expire", PAST));
    world.leases.create(SCOPE, "l", Map.of());
    world.leases.add(SCOPE, "l", new Resource("images", "i"));
    left(a);
    assertTrue(world.images.find(SCOPE, "i").isPresent());
  }

  @Test
  void namespacesDoNotReferToEachOther() throws Exception {
    Digest a = world.blob("a");
    world.blob(OTHER, "a", Map.of());
    world.image(OTHER, "i", a, Map.of());
    Report report = world.collect();
    assertEquals(List.of(new Gone(Kind.CONTENT, "default", a.toString(), 0)), report.gone(), "its bytes are the other's, too");
    assertEquals(List.of(), world.blobs(SCOPE));
    assertEquals(List.of(a), world.stored());
    world.images.remove(OTHER, "i");
    assertEquals(List.of(new Gone(Kind.CONTENT, "other", a.toString(), 1)), world.collect().gone());
    assertEquals(List.of("default", "other"), world.namespaces.list(SCOPE), "namespaces stay");
  }

  /** Whichever way it was told: the digest was known before the bytes, in their midst, or at the end. */
  @Test
  void whatALeaseWasToldOfOutlivesItsMaker() throws Exception {
    for (String known : List.of("before", "midway", "end")) {
      for (String l : List.of("maker", known)) world.leases.create(SCOPE, l, Map.of());
      Digest d = world.blob(SCOPE.withLease("maker"), known, Map.of());
      Scope told = SCOPE.withLease(known);
      switch (known) {
        case "before" -> world.blob(told, known, Map.of());
        case "midway" -> assertEquals(d, world.blobKnownMidway(told, "w", known));
        default -> assertEquals(d, world.blobKnownAtTheEnd(told, "w", known));
      }
      world.leases.remove(SCOPE, "maker");
      left(d);
      world.leases.remove(SCOPE, known);
      left();
    }
  }

  @Test
  void aLayerThatACommitFoundOutlivesItsMaker() throws Exception {
    for (String l : List.of("maker", "second")) world.leases.create(SCOPE, l, Map.of());
    world.layer(SCOPE.withLease("maker"), "layer", "", Map.of());
    assertThrows(AlreadyExistsException.class, () -> world.layer(SCOPE.withLease("second"), "layer", "", Map.of()));
    world.leases.remove(SCOPE, "maker");
    world.collect();
    assertTrue(world.keys().contains("layer"), world.keys().toString());
    world.leases.remove(SCOPE, "second");
    world.collect();
    assertEquals(List.of(), world.keys());
  }

  @Test
  void aCallWithoutALeaseHoldsForATime() throws Exception {
    world.close();
    world = new World(root, Map.of("automatic", false));
    Digest a = world.blob("a");
    world.layer("base", "");
    world.leases.create(SCOPE, "l", Map.of());
    world.blob(SCOPE.withLease("l"), "b", Map.of());
    world.layer(SCOPE.withLease("l"), "leased", "", Map.of());
    world.leases.remove(SCOPE, "l");
    left(a);
    assertEquals(List.of("base"), world.keys());
    world.contents.remove(SCOPE, a);
    left();
  }

  @Test
  void unfinishedWritesGoADayAfterTheirLastByte() throws Exception {
    var spec = io.gantry.service.content.WriterSpec.of("w");
    try (var w = world.contents.writer(SCOPE.withNamespace("unheard-of"), spec)) {
      w.write(java.nio.ByteBuffer.wrap(new byte[7]));
    }
    assertEquals(List.of(), world.collect().gone());
    var later = new Settings(false, java.time.Duration.ZERO, java.time.Duration.ofNanos(1), java.time.Duration.ZERO, 1, java.time.Duration
        .ofSeconds(1));
    var parts = new Parts(world.table, world.leases, world.leases, world.images, world.namespaces, world.contents, world.contents,
        world.snapshots,
        world.parts.drivers());
    try (var w = world.contents.writer(SCOPE.withNamespace("unheard-of"), spec)) {
      assertEquals(7, w.status().offset());
      assertEquals(List.of(), new Round(parts, later, SCOPE, false, NONE).run().gone(), "somebody writes");
    }
    world.leases.create(SCOPE.withNamespace("unheard-of"), "l", Map.of());
    world.contents.writer(SCOPE.withNamespace("unheard-of").withLease("l"), spec).close();
    assertEquals(List.of(), new Round(parts, later, SCOPE, false, NONE).run().gone());
    world.leases.remove(SCOPE.withNamespace("unheard-of"), "l");
    assertEquals(List.of(new Gone(Kind.INGEST, "unheard-of", "w", 7)), new Round(parts, later, SCOPE, true, NONE).run().gone());
    assertEquals(List.of(new Gone(Kind.INGEST, "unheard-of", "w", 7)), new Round(parts, later, SCOPE, false, NONE).run().gone());
    assertEquals(List.of(), world.contents.writes(SCOPE.withNamespace("unheard-of"), "", 10));
  }

  @Test
  void aDamagedRecordLetsNothingGo() throws Exception {
    Digest a = world.blob("a");
    world.table.change(SCOPE, List.of(new Change("image", "damaged", -1, Optional.of(World.bytes("{\"tar")))));
    assertTrue(assertThrows(CorruptException.class, world::collect).getMessage().contains("default/damaged"));
    assertEquals(List.of(a), world.stored());
  }

  @Test
  void whatEndsNextIsKnown() throws Exception {
    var parts = new Parts(world.table, world.leases, world.leases, world.images, world.namespaces, world.contents, world.contents,
        world.snapshots,
        world.parts.drivers());
    var round = new Round(parts, Settings.defaults(), SCOPE, true, NONE);
    round.run();
    assertEquals(Instant.MAX, round.next());
    Digest a = world.blob("a", GC + "expire", "2101-01-01T00:00:00Z");
    world.image(SCOPE, "i", a, Map.of(GC + "expire", "2100-01-01T00:00:00Z"));
    round = new Round(parts, new Settings(false, java.time.Duration.ZERO, java.time.Duration.ofDays(1), java.time.Duration.ZERO, 1,
        java.time.Duration.ofSeconds(1)), SCOPE, true, NONE);
    round.run();
    assertEquals(Instant.parse("2100-01-01T00:00:00Z"), round.next());
    world.leases.create(SCOPE, "l", Map.of(GC + "expire", "2099-01-01T00:00:00Z"));
    round = new Round(parts, Settings.defaults(), SCOPE, true, NONE);
    round.run();
    assertTrue(round.next().isBefore(Instant.now().plusSeconds(301)), "the blob was made without a lease");
  }
}
