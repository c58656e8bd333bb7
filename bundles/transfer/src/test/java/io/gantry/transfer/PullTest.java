package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.oci.image.Documents;
import io.gantry.service.record.Leases;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.Progress;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PullTest {
  static final Image IMAGE = ManyFiles.of(4, 20, 3).image(ImageFormat.OCI);
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;
  private String name;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE);
    world = new World(root);
    name = registry.host() + "/a/b:latest";
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  static long size(Image image) {
    long n = image.manifest().bytes().length + image.config().bytes().length;
    for (Layer l : image.layers()) n += l.blob().length;
    return n;
  }

  @ParameterizedTest
  @EnumSource(ImageFormat.class)
  void pullsUnpacksAndRecords(ImageFormat format) throws Exception {
    Image image = ManyFiles.of(4, 20, 3).image(format);
    registry.add("a/b", "latest", image);
    Pulled pulled = world.pull(name);
    assertEquals(image.descriptor().digest(), pulled.image().target().digest());
    assertEquals(image.descriptor().mediaType(), pulled.image().target().mediaType());
    assertEquals(name, pulled.image().name());
    assertEquals(size(image), pulled.sizeBytes());
    assertEquals(size(image), pulled.fetchedBytes());
    for (Layer l : image.layers()) assertArrayEquals(l.blob(), world.contents.read(SCOPE, l.digest(), 1 << 30));
    assertEquals(4, world.unpacker.sealed.size());
    assertEquals(List.of(), world.leases.list(SCOPE));
    assertEquals("/images/create " + name, world.told.getLast());
  }

  @Test
  void labelsParentsWithTheirChildrenAndEachWithItsSource() throws Exception {
    world.pull(name);
    Map<String, String> manifest = world.contents.info(SCOPE, IMAGE.descriptor().digest()).labels();
    assertEquals(IMAGE.config().digest().toString(), manifest.get("containerd.io/gc.ref.content.config"));
    for (int i = 0; i < 4; i++) {
      assertEquals(IMAGE.layers().get(i).digest().toString(), manifest.get("containerd.io/gc.ref.content.l." + i));
    }
    Map<String, String> config = world.contents.info(SCOPE, IMAGE.config().digest()).labels();
    assertEquals(Digest.chain(IMAGE.diffIds()).getLast().toString(), config.get("containerd.io/gc.ref.snapshot.overlayfs"));
    String source = "containerd.io/distribution.source." + registry.host();
    for (var b : IMAGE.blobs()) {
      assertEquals("a/b", world.contents.info(SCOPE, b.digest()).labels().get(source), b.descriptor().mediaType());
    }
    registry.add("c", "1", IMAGE);
    world.pull(registry.host() + "/c:1");
    assertEquals("a/b,c", world.contents.info(SCOPE, IMAGE.config().digest()).labels().get(source));
  }

  /** Its record is there, so it is told as what it is; the lease is tried again, until it expires. */
  @Test
  void aLeaseThatStaysDoesNotUndoAPull() throws Exception {
    List<Instant> until = new CopyOnWriteArrayList<>();
    var leases = (Leases) Proxy.newProxyInstance(Leases.class.getClassLoader(), new Class<?>[] {Leases.class}, (proxy, m, given) -> {
      if (m.getName().equals("remove")) {
        until.add(((Scope) given[0]).deadline());
        throw new UnavailableException("the records are away");
      }
      try {
        return m.invoke(world.leases, given);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
    var store = new Store(world.contents, world.images, leases, world.unpacker,
        DefaultDriver.snapshotter(world.namespaces, world.unpacker, "overlayfs"), world.left, World.BOOT);
    var mover = new Mover(world.mover.registries(), store);
    Pulled pulled = mover.pull(SCOPE.within(Duration.ofMinutes(5)), new PullRequest(Reference.parse(name), World.AMD64, ""), p -> { });
    assertEquals(world.images.get(SCOPE, name), pulled.image());
    assertEquals(Instant.MAX, until.getFirst(), "its time may be up");
    assertTrue(world.leases.list(SCOPE).getFirst().labels().containsKey("containerd.io/gc.expire"));
    var e = assertThrows(NotFoundException.class,
        () -> mover.pull(SCOPE, new PullRequest(Reference.parse(name + "x"), World.AMD64, ""), p -> { }));
    assertEquals("the records are away", e.getSuppressed()[0].getMessage());
  }

  @Test
  @Timeout(60)
  void nobodyWaitsForOthersBeyondItsDeadline() throws Exception {
    world.mover.connections().acquire(3); // all there are
    assertThrows(UnavailableException.class, () -> world.pull(SCOPE.within(Duration.ofSeconds(4)), name)); // perhaps before it waits
    world.mover.connections().release(3);
    Digest layer = IMAGE.layers().getFirst().digest();
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.submit(() -> world.mover.flights().first(SCOPE, layer, () -> {
        begun.countDown();
        await(go);
      }));
      begun.await();
      assertThrows(UnavailableException.class, () -> world.pull(SCOPE.within(Duration.ofSeconds(4)), name));
      var e = assertThrows(UnavailableException.class,
          () -> world.mover.flights().first(SCOPE.within(Duration.ofMillis(50)), layer, () -> { }));
      assertEquals("the time for it was up while it waited for another pull's download of " + layer, e.getMessage());
      go.countDown();
    }
    world.pull(name);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String unpackedBy() throws Exception {
    return String.join(" ", world.contents.info(SCOPE, IMAGE.config().digest()).labels().keySet().stream()
        .filter(k -> k.startsWith("containerd.io/gc.ref.snapshot.")).map(k -> k.substring(30)).sorted().toList());
  }

  /** An option first, then the namespace's label, then the configuration. */
  @Test
  void aNamespaceNamesTheDriverThatUnpacks() throws Exception {
    String label = "containerd.io/defaults/snapshotter";
    world.namespaces.label(SCOPE, SCOPE.namespace(), Map.of(label, "native"));
    world.pull(name);
    assertEquals("native", unpackedBy());
    world.mover.pull(SCOPE, new PullRequest(Reference.parse(name), World.AMD64, "overlayfs"), p -> { });
    assertEquals("native overlayfs", unpackedBy());
    registry.forget();
    world.namespaces.label(SCOPE, SCOPE.namespace(), Map.of(label, "nosuch"));
    var e = assertThrows(NotFoundException.class, () -> world.pull(name));
    assertEquals("the label containerd.io/defaults/snapshotter of namespace \"default\" says 'nosuch': there is no driver snapshot/nosuch; "
        + "mend it by namespace:label, or name a driver by an option", e.getMessage());
    assertEquals(List.of(), registry.requests(), "nothing was asked for");
    assertEquals(List.of(), world.leases.list(SCOPE));
    assertThrows(NotFoundException.class, () -> world.archives.check(SCOPE, IMAGE.descriptor(), World.AMD64, ""));
    world.pull(SCOPE.withNamespace("other"), name);
  }

  @Test
  void tellsHowItStands() throws Exception {
    world.pull(name);
    assertEquals(new Progress(name, "resolving", 0, 0), world.progress.getFirst());
    assertEquals(List.of("resolving", "resolved", "done"), world.statuses(name));
    assertEquals("done", world.statuses("manifest-" + IMAGE.descriptor().digest()).getLast());
    assertEquals("done", world.statuses("config-" + IMAGE.config().digest()).getLast());
    for (Layer l : IMAGE.layers()) {
      List<String> statuses = world.statuses("layer-" + l.digest());
      assertEquals("waiting", statuses.getFirst());
      assertTrue(statuses.contains("downloading"), statuses.toString());
      Progress last = world.progress.stream().filter(p -> p.name().equals("layer-" + l.digest())).reduce((a, b) -> b).orElseThrow();
      assertEquals(new Progress("layer-" + l.digest(), "done", l.blob().length, l.blob().length), last);
    }
  }

  @Test
  void fetchesNothingThatIsThere() throws Exception {
    world.pull(name);
    registry.forget();
    world.progress.clear();
    Pulled again = world.pull(name);
    assertEquals(0, again.fetchedBytes());
    assertEquals(size(IMAGE), again.sizeBytes());
    assertEquals(List.of("HEAD"), registry.requests().stream().map(l -> l.request().method()).toList());
    for (Layer l : IMAGE.layers()) assertEquals(List.of("exists"), world.statuses("layer-" + l.digest()));
  }

  /** As of an image with the same tree in other blobs: else this one could neither be pushed nor exported, and no pull would help. */
  @Test
  void fetchesALayerWhoseSnapshotAloneIsThere() throws Exception {
    world.unpacker.sealed.addAll(Digest.chain(IMAGE.diffIds()).subList(0, 2));
    assertEquals(size(IMAGE), world.pull(name).fetchedBytes());
    for (Layer l : IMAGE.layers()) {
      assertArrayEquals(l.blob(), world.contents.read(SCOPE, l.digest(), 1 << 30));
      assertEquals("done", world.statuses("layer-" + l.digest()).getLast());
    }
    assertEquals(4, world.unpacker.sealed.size());
  }

  @Test
  void bringsABlobBackThatWasRemoved() throws Exception {
    world.pull(name);
    Layer gone = IMAGE.layers().get(1);
    world.contents.remove(SCOPE, gone.digest());
    assertFalse(world.has(gone.digest()));
    world.pull(name);
    assertTrue(world.has(gone.digest()));
    assertEquals(List.of(), world.leases.list(SCOPE));
  }

  @Test
  void unpacksAPresentImageAgainWhereItsSnapshotsAreNot() throws Exception {
    world.pull(name);
    world.unpacker.sealed.clear();
    assertEquals(0, world.pull(name).fetchedBytes());
    assertEquals(4, world.unpacker.sealed.size());
  }

  @Test
  void fetchesABlobOnceForManyPulls() throws Exception {
    registry.add("c", "1", IMAGE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Pulled>> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String n = i % 2 == 0 ? name : registry.host() + "/c:1";
        all.add(threads.submit(() -> world.pull(n)));
      }
      long fetched = 0;
      for (Future<Pulled> f : all) fetched += f.get().fetchedBytes();
      assertEquals(size(IMAGE), fetched);
    }
    assertEquals(size(IMAGE), registry.bytesSent(On.blobs()) + registry.bytesSent(On.manifests().method("GET")));
  }

  @Test
  void fetchesALayerThatStandsThereTwiceOnce() throws Exception {
    Layer same = new LayerBuilder().file("a", "b").gzip();
    Image image = new ImageBuilder().layer(same).layer(new LayerBuilder().file("c", "d").gzip()).layer(same).build(ImageFormat.OCI);
    registry.add("twice", "latest", image);
    Pulled pulled = world.pull(registry.host() + "/twice");
    assertEquals(size(image) - same.blob().length, pulled.fetchedBytes());
    assertEquals(pulled.fetchedBytes(), pulled.sizeBytes());
  }

  @Test
  void choosesThePlatform() throws Exception {
    Image amd = new ImageBuilder().platform(Platform.parse("linux/amd64")).layer(new LayerBuilder().file("a", "amd").gzip())
        .build(ImageFormat.OCI);
    Image arm = new ImageBuilder().platform(Platform.parse("linux/arm64")).layer(new LayerBuilder().file("a", "arm").gzip())
        .build(ImageFormat.OCI);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(arm, amd));
    registry.add("multi", "latest", index);
    Pulled pulled = world.pull(registry.host() + "/multi");
    assertEquals(index.descriptor().digest(), pulled.image().target().digest());
    assertEquals(size(amd), pulled.sizeBytes());
    assertTrue(world.has(amd.config().digest()));
    assertFalse(world.has(arm.descriptor().digest()));
    Map<String, String> labels = world.contents.info(SCOPE, index.descriptor().digest()).labels();
    assertEquals(arm.descriptor().digest().toString(), labels.get("containerd.io/gc.ref.content.m.0"));
    assertEquals(amd.descriptor().digest().toString(), labels.get("containerd.io/gc.ref.content.m.1"));
    String multi = registry.host() + "/multi:latest";
    Platform s390x = Platform.parse("linux/s390x");
    assertEquals(
        "image " + multi + " has nothing for linux/s390x; it has linux/arm64, linux/amd64",
        assertThrows(NotFoundException.class, () -> world.mover.pull(SCOPE, new PullRequest(Reference.parse(multi), s390x, ""), p -> { }))
        .getMessage());
    assertEquals(
        "image " + name + " has nothing for linux/s390x; it has linux/amd64",
        assertThrows(NotFoundException.class, () -> world.mover.pull(SCOPE, new PullRequest(Reference.parse(name), s390x, ""), p -> { }))
        .getMessage());
  }

  @Test
  void anIndexThatDisagreesWithAConfig() throws Exception {
    Image arm = new ImageBuilder().platform(Platform.parse("linux/arm64")).layer(new LayerBuilder().file("a", "arm").gzip())
        .build(ImageFormat.OCI);
    Image told = new Image(Platform.parse("linux/s390x"), arm.manifest(), arm.config(), arm.layers());
    registry.add("wrong", "latest", ImageIndex.of(ImageFormat.OCI, List.of(told)));
    Reference wrong = Reference.parse(registry.host() + "/wrong");
    assertEquals(
        "image " + wrong + " has nothing for linux/s390x; it has linux/arm64 (so the config of " + arm.descriptor().digest()
            + " says; the index has it as linux/s390x)",
        assertThrows(NotFoundException.class, () -> world.mover.pull(SCOPE, new PullRequest(wrong, Platform.parse("linux/s390x"), ""),
            p -> { })).getMessage());
  }

  @Test
  void readsTheTreeOfWhatWasPulled() throws Exception {
    world.pull(name);
    Documents documents = new Documents(world.contents);
    ImageTree.Node tree = documents.tree(SCOPE, IMAGE.descriptor());
    assertTrue(tree.present());
    assertEquals(5, tree.children().size());
    assertEquals(IMAGE.config().digest(), tree.children().getFirst().descriptor().digest());
    assertTrue(tree.children().stream().allMatch(ImageTree.Node::present));
    ImageTree.Resolved resolved = documents.resolve(SCOPE, IMAGE.descriptor(), Optional.empty());
    assertEquals(IMAGE.diffIds(), resolved.diffIds());
    assertArrayEquals(IMAGE.config().bytes(), resolved.config());
    assertEquals(size(IMAGE), resolved.sizeBytes());
    assertEquals(IMAGE.layers().stream().map(Layer::digest).toList(), resolved.layers().stream().map(d -> d.digest()).toList());
    assertEquals(
        "image " + IMAGE.descriptor().digest() + " is not in the store for linux/arm64; pull it with --platform linux/arm64",
        assertThrows(NotFoundException.class, () -> documents.resolve(SCOPE, IMAGE.descriptor(),
        Optional.of(Platform.parse("linux/arm64")))).getMessage());
  }

  @Test
  void holdsEverythingInTheCallersLease() throws Exception {
    Scope scope = SCOPE.withLease(world.leases.create(SCOPE, "mine", Map.of()).id());
    world.pull(scope, name);
    List<String> held = world.leases.held(SCOPE, "mine");
    for (var b : IMAGE.blobs()) assertTrue(held.contains("content/" + b.digest()), b.digest() + " in " + held);
    Scope other = SCOPE.withLease(world.leases.create(SCOPE, "other", Map.of()).id());
    world.pull(other, name);
    assertTrue(world.leases.held(SCOPE, "other").contains("content/" + IMAGE.config().digest()), "what was there is held too");
  }

  @Test
  void refusesAnArtifact() throws Exception {
    registry.fault(
        On.manifests(), Fault.answer(200, ImageFormat.OCI.manifestType(), ARTIFACT)
        .and(Fault.header("Docker-Content-Digest", ARTIFACT_DIGEST)));
    assertEquals(
        registry.host() + "/chart:1 is no image but an artifact of type application/vnd.cncf.helm.config.v1+json",
        assertThrows(UnsupportedException.class, () -> world.pull(registry.host() + "/chart:1")).getMessage());
    assertTrue(world.isAsBefore());
  }

  private static final String ARTIFACT =
      "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\",\"size\":2,\"digest\":\"sha256:"
      + "a".repeat(64)
          + "\"},\"layers\":[]}";
  private static final String ARTIFACT_DIGEST = sha256(ARTIFACT);

  static String sha256(String text) {
    try {
      return Digest.sha256(java.security.MessageDigest.getInstance("SHA-256")
          .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8))).toString();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void pullsFromARealRegistry() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().orElseThrow());
    try (RealRegistry real = RealRegistry.start().push("library/x", "1", IMAGE)) {
      Pulled pulled = world.pull(real.host() + "/library/x:1");
      assertEquals(IMAGE.descriptor().digest(), pulled.image().target().digest());
      assertEquals(size(IMAGE), pulled.fetchedBytes());
    }
  }
}
