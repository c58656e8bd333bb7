package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.Logged;
import io.gantry.kit.registry.On;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Pushed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class PushTest {
  private static final Image IMAGE = MendTest.big(3, 1 << 20);
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start();
    world = new World(root);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  private void store(Artifact artifact) throws IOException {
    for (Blob b : artifact.blobs()) world.contents.put(SCOPE, WriterSpec.of("test-" + b.digest(), b.descriptor()), b.bytes());
  }

  private Pushed push(Descriptor d, String to, Optional<Platform> platform) throws IOException {
    return world.mover.push(SCOPE, new PushRequest(d, Reference.parse(to), platform), world.progress::add);
  }

  private Pushed push(Artifact a) throws IOException {
    return push(a.descriptor(), registry.host() + "/a/b:1", Optional.empty());
  }

  private void complete(Artifact a) throws IOException {
    for (Blob b : a.blobs()) assertArrayEquals(b.bytes(), registry.bytes("a/b", b.digest().toString()).orElse(new byte[0]), b.toString());
    assertArrayEquals(a.blobs().getLast().bytes(), registry.bytes("a/b", "1").orElseThrow());
  }

  @Test
  void pushesBlobsThenManifestsThenTheIndex() throws Exception {
    Image other = new ImageBuilder().layer(new LayerBuilder().file("x", new byte[10], 0644).gzip()).platform(Platform.parse("linux/arm64"))
        .build(ImageFormat.OCI);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(IMAGE, other));
    store(index);
    Pushed pushed = push(index);
    complete(index);
    assertEquals(index.descriptor(), pushed.target());
    assertEquals(index.size(), pushed.sizeBytes());
    assertEquals(index.size(), pushed.sentBytes());
    List<String> puts = registry.requests(On.every().method("PUT")).stream().map(Logged::request)
        .map(q -> q.isManifest() ? q.object() : "blob").toList();
    assertEquals(List.of("blob", "blob", "blob", "blob", "blob", "blob", IMAGE.descriptor().digest().toString(),
        other.descriptor().digest().toString(), "1"), puts);
    assertEquals(List.of("waiting", "uploading", "done"), world.statuses("manifest-" + other.descriptor().digest()));
    assertEquals(List.of("resolving", "resolved", "done"), world.statuses(registry.host() + "/a/b:1"));
    assertEquals(List.of(), world.leases.list(SCOPE));
  }

  @Test
  @Timeout(60)
  void doesNotWaitForOthersBeyondItsDeadline() throws Exception {
    store(IMAGE);
    var request = new PushRequest(IMAGE.descriptor(), Reference.parse(registry.host() + "/a/b:1"), Optional.empty());
    world.mover.connections().acquire(3); // all there are
    Scope scope = SCOPE.within(Duration.ofSeconds(4)); // which a busy machine may need for what comes before
    assertThrows(UnavailableException.class, () -> world.mover.push(scope, request, world.progress::add));
    world.mover.connections().release(3);
    push(IMAGE);
  }

  @Test
  void sendsNothingThatIsThereAndMountsWhatIsElsewhere() throws Exception {
    store(IMAGE);
    push(IMAGE);
    registry.forget();
    world.progress.clear();
    assertEquals(0, push(IMAGE).sentBytes());
    assertTrue(registry.requests().stream().allMatch(l -> l.request().method().equals("HEAD")), registry.requests().toString());
    String layer = "unknown-" + IMAGE.blobs().getFirst().digest();
    assertEquals(List.of(), world.statuses(layer));
    assertEquals(List.of("waiting", "exists"), world.statuses("layer-" + IMAGE.layers().getFirst().digest()));
    for (Blob b : IMAGE.blobs()) {
      world.contents.label(SCOPE, b.digest(), Map.of("containerd.io/distribution.source." + registry.host(), "nobody,a/b,z"));
    }
    world.progress.clear();
    Pushed mounted = push(IMAGE.descriptor(), registry.host() + "/a/c:2", Optional.empty());
    assertEquals(IMAGE.manifest().bytes().length, mounted.sentBytes());
    assertEquals(List.of("waiting", "mounted"), world.statuses("layer-" + IMAGE.layers().getFirst().digest()));
    assertTrue(registry.bytes("a/c", IMAGE.config().digest().toString()).isPresent());
    assertEquals(0, registry.uploads());
  }

  @Test
  void tellsWhatIsMissingBeforeAnythingIsSent() throws Exception {
    Image other = new ImageBuilder().platform(Platform.parse("linux/arm64")).build(ImageFormat.OCI);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(IMAGE, other));
    store(IMAGE);
    world.contents.put(SCOPE, WriterSpec.of("index", index.descriptor()), index.document().bytes());
    NotFoundException e = assertThrows(NotFoundException.class, () -> push(index));
    assertEquals("pushing " + registry.host() + "/a/b:1: 1 of what index " + index.descriptor().digest()
        + " names is not in the store: manifest-"
        + other.descriptor().digest() + " (linux/arm64); pull it again, or name a platform that is here with --platform", e.getMessage());
    assertEquals(List.of(), registry.requests());
    Pushed one = push(index.descriptor(), registry.host() + "/a/b:1", Optional.of(Platform.host()));
    assertEquals(IMAGE.descriptor().digest(), one.target().digest());
    complete(IMAGE);
  }

  @Test
  void leavesOutWhatMayNotBePassedOn() throws Exception {
    String type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    Blob layer = Blob.of(type, "windows".getBytes(StandardCharsets.UTF_8));
    Blob config = Blob.of("application/vnd.docker.container.image.v1+json", "{}".getBytes(StandardCharsets.UTF_8));
    String text = """
        {"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",
        "config":{"mediaType":"%s","digest":"%s","size":2},"layers":[{"mediaType":"%s","digest":"%s","size":7}]}""";
    text = text.formatted(config.descriptor().mediaType(), config.digest(), type, layer.digest());
    Blob manifest = Blob.of("application/vnd.docker.distribution.manifest.v2+json", text.getBytes(StandardCharsets.UTF_8));
    for (Blob b : List.of(config, manifest)) world.contents.put(SCOPE, WriterSpec.of("t" + b.digest(), b.descriptor()), b.bytes());
    push(manifest.descriptor(), registry.host() + "/a/b:1", Optional.empty());
    assertTrue(registry.bytes("a/b", config.digest().toString()).isPresent());
    assertTrue(registry.bytes("a/b", layer.digest().toString()).isEmpty());
  }

  @Test
  void goesOnAfterBreaks() throws Exception {
    store(IMAGE);
    registry.fault(On.blobs().method("PUT").times(3), Fault.noAnswer()).fault(On.manifests().method("PUT").once(), Fault.status(503))
        .fault(On.every().method("HEAD").once(), Fault.tooManyRequests("1"));
    push(IMAGE);
    complete(IMAGE);
  }

  @Test
  void givesUpAfterFailuresInARow() throws Exception {
    store(IMAGE);
    registry.fault(On.every().method("POST"), Fault.status(502));
    assertThrows(UnavailableException.class, () -> push(IMAGE));
    assertTrue(registry.bytes("a/b", "1").isEmpty());
    assertEquals(List.of(), world.leases.list(SCOPE));
  }

  @Test
  void aBlobThatChangedInTheStoreIsNotSent() throws Exception {
    store(IMAGE);
    Blob layer = IMAGE.blobs().getFirst();
    try (var files = Files.walk(root)) {
      Path file = files.filter(f -> f.getFileName().toString().equals(layer.digest().hex())).findFirst().orElseThrow();
      file.toFile().setWritable(true);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
    CorruptException e = assertThrows(CorruptException.class, () -> push(IMAGE));
    assertTrue(e.getMessage().contains(layer.digest().toString()), e.getMessage());
    assertTrue(registry.bytes("a/b", layer.digest().toString()).isEmpty());
    assertTrue(registry.bytes("a/b", "1").isEmpty());
  }

  @Test
  void goesOnWhileItsResolverAndItsStoreAreReplaced() throws Exception {
    Image image = MendTest.big(6, 4 << 20);
    store(image);
    world.drivers.awaitCuts(4);
    FutureTask<Pushed> push = new FutureTask<>(() -> push(image));
    Thread.ofPlatform().name("push").start(push);
    int swaps = 0;
    while (!push.isDone() && (swaps < 200 || world.drivers.cuts.get() < 4)) {
      world.drivers.swapResolver();
      world.drivers.swapStore();
      swaps++;
      Thread.sleep(5);
    }
    Pushed pushed = push.get();
    complete(image);
    assertTrue(world.drivers.cuts.get() > 3, world.drivers.cuts + " calls were asked back by " + swaps + " swaps, sent "
        + pushed.sentBytes());
  }

  @Test
  void skopeoReadsWhatWasPushedToARealRegistry() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().orElseThrow());
    assumeTrue(Programs.find("skopeo").isPresent(), "no skopeo");
    try (RealRegistry real = RealRegistry.start()) {
      ImageIndex index = ImageIndex.of(ImageFormat.DOCKER, List.of(MendTest.big(2, 100_000)));
      store(index);
      push(index.descriptor(), real.host() + "/x/y:1", Optional.empty());
      byte[] raw = Programs.output(Programs.find("skopeo").orElseThrow().toString(), "inspect", "--raw", "--tls-verify=false",
          "docker://" + real.host() + "/x/y:1");
      assertArrayEquals(index.document().bytes(), raw);
      Path copy = Files.createDirectory(root.resolve("copy"));
      Programs.output(Programs.find("skopeo").orElseThrow().toString(), "copy", "--all", "--preserve-digests", "--src-tls-verify=false",
          "docker://" + real.host() + "/x/y:1", "dir:" + copy);
      for (Blob b : index.images().getFirst().blobs()) {
        String name = b.isManifest() ? b.digest().hex() + ".manifest.json" : b.digest().hex();
        assertArrayEquals(b.bytes(), Files.readAllBytes(copy.resolve(name)), b.toString());
      }
    }
  }
}
