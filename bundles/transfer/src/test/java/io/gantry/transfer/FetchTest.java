package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.Pulled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All bytes of images without their unpacking, and single things of images past the store. */
class FetchTest {
  private static final Platform RISCV = Platform.parse("linux/riscv64");
  private static final Image AMD = image(World.AMD64, "amd64");
  private static final Image RISC = image(RISCV, "riscv64");
  private static final ImageIndex INDEX = ImageIndex.of(ImageFormat.OCI, List.of(AMD, RISC));
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;
  private Reference name;

  private static Image image(Platform platform, String text) {
    Layer shared = new LayerBuilder().file("shared", "the same bytes").gzip();
    Layer own = new LayerBuilder().file("own", text.repeat(5000)).gzip();
    return new ImageBuilder().platform(platform).layer(shared).layer(own).build(ImageFormat.OCI);
  }

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", INDEX);
    world = new World(root);
    name = Reference.parse(registry.host() + "/a/b:latest");
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  private Pulled fetch(Platform... platforms) throws IOException {
    return world.mover.fetch(SCOPE, new FetchRequest(name, List.of(platforms)), world.progress::add);
  }

  @Test
  void bringsAllBytesOfOnePlatformAndUnpacksNothing() throws Exception {
    Pulled fetched = fetch(RISCV);
    for (Blob b : RISC.blobs()) assertTrue(world.has(b.digest()), b.descriptor().mediaType());
    assertFalse(world.has(AMD.manifest().digest()));
    assertTrue(world.unpacker.sealed.isEmpty());
    assertEquals(INDEX.descriptor().digest(), fetched.image().target().digest());
    assertEquals(PullTest.size(RISC), fetched.sizeBytes());
    assertEquals(PullTest.size(RISC) + INDEX.document().bytes().length, fetched.fetchedBytes());
    assertEquals("/images/create " + name, world.told.getLast());
    assertEquals(List.of(), world.leases.list(SCOPE));
    assertEquals(List.of("resolving", "resolved", "done"), world.statuses(name.toString()));
    for (Layer l : RISC.layers()) assertEquals("done", world.statuses("layer-" + l.digest()).getLast());
  }

  @Test
  void bringsAllThatAnIndexNamesEachOnce() throws Exception {
    Pulled fetched = fetch();
    for (Blob b : INDEX.blobs()) assertTrue(world.has(b.digest()), b.descriptor().mediaType());
    long all = INDEX.blobs().stream().mapToLong(b -> b.bytes().length).sum() - AMD.layers().getFirst().blob().length; // shared
    assertEquals(all, fetched.fetchedBytes());
    assertEquals(all, fetched.sizeBytes());
    String m0 = world.contents.info(SCOPE, INDEX.descriptor().digest()).labels().get("containerd.io/gc.ref.content.m.0");
    assertEquals(AMD.manifest().digest().toString(), m0);
    String l1 = world.contents.info(SCOPE, RISC.manifest().digest()).labels().get("containerd.io/gc.ref.content.l.1");
    assertEquals(RISC.layers().get(1).digest().toString(), l1);
  }

  @Test
  void severalPlatformsShareWhatTheyHaveInCommon() throws Exception {
    Pulled fetched = fetch(World.AMD64, RISCV, RISCV);
    assertEquals(PullTest.size(AMD) + PullTest.size(RISC) - AMD.layers().getFirst().blob().length, fetched.sizeBytes());
    assertEquals(0, fetch(World.AMD64, RISCV).fetchedBytes());
  }

  @Test
  void aPlatformThatIsNotThereIsToldBeforeAnyLayerComes() throws Exception {
    registry.forget();
    Platform wanted = Platform.parse("linux/s390x");
    var e = assertThrows(NotFoundException.class, () -> fetch(RISCV, wanted));
    assertEquals("image " + name + " has nothing for linux/s390x; it has linux/amd64, linux/riscv64", e.getMessage());
    assertEquals(List.of(), world.images.list(SCOPE, "", 10));
    assertTrue(world.isAsBefore());
    for (Layer l : RISC.layers()) assertFalse(world.has(l.digest()));
  }

  @Test
  void aBreakIsMendedAndBadBytesAreThrownAway() throws Exception {
    Layer layer = RISC.layers().get(1);
    registry.fault(On.blob(layer.digest()).once(), Fault.cutAfter(10));
    fetch(RISCV);
    assertArrayEquals(layer.blob(), world.contents.read(SCOPE, layer.digest(), 1 << 20));
    Layer other = AMD.layers().get(1);
    registry.fault(On.blob(other.digest()), Fault.wrongBytes());
    assertThrows(CorruptException.class, () -> fetch(World.AMD64));
    assertFalse(world.has(other.digest()));
  }

  private String object(Optional<Digest> digest) throws IOException {
    var bytes = new ByteArrayOutputStream();
    Descriptor d = world.mover.fetchObject(SCOPE, name, digest, bytes);
    assertEquals(bytes.size(), d.size());
    assertEquals(Blob.digest(bytes.toByteArray()), d.digest());
    return d.mediaType() + " " + d.digest();
  }

  @Test
  void writesOneThingAndKeepsNothing() throws Exception {
    assertEquals(INDEX.descriptor().mediaType() + " " + INDEX.descriptor().digest(), object(Optional.empty()));
    for (Blob b : INDEX.blobs()) {
      assertTrue(object(Optional.of(b.digest())).endsWith(" " + b.digest()));
      assertFalse(world.has(b.digest()));
    }
    Layer layer = RISC.layers().get(1);
    assertEquals("application/vnd.oci.image.layer.v1.tar+gzip " + layer.digest(), object(Optional.of(layer.digest())));
    assertEquals(List.of(), world.leases.list(SCOPE));
    assertEquals(List.of(), world.contents.writes(SCOPE, "", 10));
  }

  @Test
  void anObjectThatNothingNamesIsNotFound() {
    Digest unknown = Blob.digest(new byte[] {1});
    var e = assertThrows(NotFoundException.class, () -> object(Optional.of(unknown)));
    assertEquals("image " + name + " names no " + unknown + "; without a digest what " + name
        + " itself means is fetched, which names the rest", e.getMessage());
  }

  @Test
  void anObjectOfOtherBytesIsCorrupt() throws Exception {
    Layer layer = AMD.layers().get(1);
    registry.fault(On.blob(layer.digest()), Fault.wrongBytes());
    var e = assertThrows(CorruptException.class, () -> object(Optional.of(layer.digest())));
    assertEquals(layer.digest().toString(), e.expected());
    registry.fault(On.manifests(), Fault.wrongBytes());
    assertThrows(CorruptException.class, () -> object(Optional.of(layer.digest())));
  }
}
