package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.Layer;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table.Change;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.PullRequest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pull that failed has got stays for the next one of that reference, and for no longer than configured. */
class ResumeTest {
  private static final Image IMAGE = MendTest.big(3, 200_000);
  private static final Settings SETTINGS = new Settings("docker", "overlayfs", 3, 0, Duration.ofMillis(10), Duration.ofSeconds(3));
  private static final Layer LAST = IMAGE.layers().getLast();
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;
  private String name;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE).add("c", "latest", IMAGE);
    world = new World(root, SETTINGS);
    name = registry.host() + "/a/b:latest";
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  /** The upper layer is refused once the others are here. */
  private void fails(Scope scope, String reference) throws IOException {
    registry.fault(On.blob(LAST.digest()), world.refusedAtTheEnd(IMAGE, LAST.digest()));
    assertThrows(UnavailableException.class, () -> world.pull(scope, reference));
    registry.heal();
    for (Layer l : IMAGE.layers()) assertEquals(l != LAST, world.has(l.digest()));
  }

  private List<Lease> kept() throws IOException {
    return world.leases.list(SCOPE);
  }

  private void holdsAllBut(Layer missing, Lease lease) throws IOException {
    List<String> held = world.leases.held(SCOPE, lease.id());
    for (var b : IMAGE.blobs()) assertEquals(b.digest() != missing.digest(), held.contains("content/" + b.digest()), held.toString());
  }

  /** What no lease holds goes, as the collection does it. */
  private void collect() throws IOException {
    for (var b : IMAGE.blobs()) {
      boolean held = false;
      for (Lease l : kept()) held |= world.leases.held(SCOPE, l.id()).contains("content/" + b.digest());
      if (!held && world.has(b.digest())) world.contents.remove(SCOPE, b.digest());
    }
  }

  @Test
  void theNextOneFetchesOnlyWhatIsMissing() throws Exception {
    Instant before = Instant.now();
    fails(SCOPE, name);
    Lease lease = kept().getFirst();
    assertEquals(1, kept().size());
    assertTrue(lease.id().startsWith("resume-"), lease.id());
    assertEquals(name, lease.labels().get("io.gantry/resume.ref"));
    Instant end = lease.expires().orElseThrow();
    assertTrue(end.isAfter(before.plusSeconds(3590)) && end.isBefore(Instant.now().plusSeconds(3601)), end.toString());
    holdsAllBut(LAST, lease);
    collect();
    assertEquals(LAST.blob().length, world.pull(name).fetchedBytes());
    assertEquals(List.of(), kept());
  }

  @Test
  void oneLeaseForAllFailuresOfAReference() throws Exception {
    fails(SCOPE, name);
    String first = kept().getFirst().id();
    registry.fault(On.manifests(), Fault.status(503));
    assertThrows(UnavailableException.class, () -> world.pull(name));
    registry.heal();
    assertEquals(1, kept().size());
    assertFalse(kept().getFirst().id().equals(first), "its end is that of the last failure");
    holdsAllBut(LAST, kept().getFirst());
    fails(SCOPE, name);
    assertEquals(1, kept().size());
    holdsAllBut(LAST, kept().getFirst());
    fails(SCOPE, registry.host() + "/c:latest");
    assertEquals(2, kept().size(), "of another reference");
    world.pull(name);
    assertEquals(List.of(registry.host() + "/c:latest"), kept().stream().map(l -> l.labels().get(Resumption.REF)).toList());
  }

  /** The bytes came, and the records were away before the pull failed. */
  @Test
  void aBlobWhoseRecordCouldNotBeWrittenIsKeptToo() throws Exception {
    fails(SCOPE, name);
    Lease lease = kept().getFirst();
    String digest = IMAGE.layers().getFirst().digest().toString();
    world.table.change(SCOPE, List.of(new Change("content", digest, -1, Optional.empty())));
    world.leases.release(SCOPE, lease.id(), new Resource("content", digest));
    for (String ref : List.of("layer-" + digest, "layer-" + LAST.digest(), "of a user")) {
      world.leases.add(SCOPE, lease.id(), new Resource("ingests", ref));
    }
    registry.fault(On.manifests(), Fault.status(503));
    assertThrows(UnavailableException.class, () -> world.pull(name));
    registry.heal();
    holdsAllBut(LAST, kept().getFirst());
    assertTrue(world.has(IMAGE.layers().getFirst().digest()));
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10), "none of what is not here");
  }

  /** Its own lease tells of it; that of a pull which is at work at the same moment does not. */
  @Test
  void aPullThatWasKilledCountsAsFailed() throws Exception {
    fails(SCOPE, name);
    Lease failed = kept().getFirst();
    for (String boot : List.of("1", World.BOOT)) {
      Lease own = world.leases.create(SCOPE, "own-" + boot, Map.of(Resumption.REF, name, "io.gantry/boot", boot));
      for (var r : world.leases.resources(SCOPE, failed.id())) world.leases.add(SCOPE, own.id(), r);
    }
    world.leases.remove(SCOPE, failed.id());
    world.leases.remove(SCOPE, "own-" + World.BOOT);
    collect();
    world.leases.create(SCOPE, "own-" + World.BOOT, Map.of(Resumption.REF, name, "io.gantry/boot", World.BOOT));
    assertEquals(LAST.blob().length, world.pull(name).fetchedBytes());
    assertEquals(List.of("own-" + World.BOOT), kept().stream().map(Lease::id).toList());
  }

  /** The lease of the failure may end in the midst of the next try. */
  @Test
  void theNextOneHoldsWhatIsHere() throws Exception {
    fails(SCOPE, name);
    String first = kept().getFirst().id();
    var seen = new AtomicBoolean();
    world.mover.pull(SCOPE, new PullRequest(Reference.parse(name), World.AMD64, ""), p -> {
      if (seen.getAndSet(true)) return;
      try {
        Lease mine = kept().stream().filter(l -> !l.id().equals(first)).findFirst().orElseThrow();
        holdsAllBut(LAST, mine);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
    assertTrue(seen.get());
  }

  @Test
  void aFetchGoesOnToo() throws Exception {
    registry.fault(On.blob(LAST.digest()), world.refusedAtTheEnd(IMAGE, LAST.digest()));
    var request = new FetchRequest(Reference.parse(name), List.of(World.AMD64));
    assertThrows(UnavailableException.class, () -> world.mover.fetch(SCOPE, request, p -> { }));
    registry.heal();
    holdsAllBut(LAST, kept().getFirst());
    collect();
    assertEquals(LAST.blob().length, world.mover.fetch(SCOPE, request, p -> { }).fetchedBytes());
    assertEquals(List.of(), kept());
  }

  @Test
  void leasesOfCallersAreTheirs() throws Exception {
    Lease mine = world.leases.create(SCOPE, "mine", Map.of("k", "v"));
    fails(SCOPE.withLease("mine"), name);
    assertEquals(List.of(mine), kept());
    fails(SCOPE, name);
    world.pull(SCOPE.withLease("mine"), name);
    assertEquals(List.of(mine), kept(), "that of the failure is needed no more");
  }

  @Test
  void whatHasGotNothingKeepsNothing() throws Exception {
    assertThrows(NotFoundException.class, () -> world.pull(name + "x"));
    registry.fault(On.manifests().method("GET"), Fault.status(503));
    assertThrows(UnavailableException.class, () -> world.pull(name));
    assertEquals(List.of(), kept());
  }

  /** As a disk that is full. */
  @Test
  void whatFailsForTheSameReasonAgainKeepsNothing() throws Exception {
    fails(SCOPE, name);
    world.unpacker.failure = new ExhaustedException("the disk is full");
    assertThrows(ExhaustedException.class, () -> world.pull(name));
    assertEquals(List.of(), kept());
  }

  @Test
  void zeroKeepsNothing() throws Exception {
    try (World none = new World(root.resolve("none"), SETTINGS.resuming(Duration.ZERO))) {
      registry.fault(On.blob(LAST.digest()), none.refusedAtTheEnd(IMAGE, LAST.digest()));
      assertThrows(UnavailableException.class, () -> none.pull(name));
      assertEquals(List.of(), none.leases.list(SCOPE));
      assertTrue(none.has(IMAGE.layers().getFirst().digest()));
    }
  }

  /** At the end of a pull that failed, or of one that is done, the records are away for a moment. */
  @Test
  void whatCouldNotBeDoneAtTheEndIsDoneLater() throws Exception {
    var away = new AtomicBoolean();
    var leases = (Leases) Proxy.newProxyInstance(Leases.class.getClassLoader(), new Class<?>[] {Leases.class}, (proxy, m, given) -> {
      if (away.get() && m.getName().equals("list")) throw new UnavailableException("the records are away");
      try {
        return m.invoke(world.leases, given);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
    var store = new Store(world.contents, world.images, leases, world.unpacker,
        DefaultDriver.snapshotter(world.namespaces, world.unpacker, "overlayfs"), world.left, World.BOOT);
    var mover = new Mover(world.mover.registries(), store);
    var request = new PullRequest(Reference.parse(name), World.AMD64, "");
    registry.fault(On.blob(LAST.digest()), world.refusedAtTheEnd(IMAGE, LAST.digest()));
    var e = assertThrows(UnavailableException.class, () -> mover.pull(SCOPE, request, p -> away.set(true)));
    assertEquals("the records are away", e.getSuppressed()[0].getMessage());
    assertFalse(kept().getFirst().id().startsWith("resume-"), "its own");
    away.set(false);
    registry.heal();
    becomes(List.of(true), () -> kept().stream().map(l -> l.id().startsWith("resume-")).toList());
    assertEquals(name, kept().getFirst().labels().get(Resumption.REF));
    holdsAllBut(LAST, kept().getFirst());
    mover.pull(SCOPE, request, p -> away.set(true));
    assertEquals(2, kept().size());
    away.set(false);
    becomes(List.of(), this::kept);
  }

  private static void becomes(Object expected, java.util.concurrent.Callable<?> actual) throws Exception {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!expected.equals(actual.call()) && System.nanoTime() < end) Thread.sleep(20);
    assertEquals(expected, actual.call());
  }
}
