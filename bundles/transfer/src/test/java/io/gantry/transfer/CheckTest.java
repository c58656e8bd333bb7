package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.transfer.Checks.Damage;
import io.gantry.service.transfer.Checks.Standing;
import io.gantry.service.transfer.Checks.Verified;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {
  private static final Image IMAGE = MendTest.big(3, 50_000);
  private static final ImageIndex INDEX = ImageIndex.of(ImageFormat.OCI,
      List.of(IMAGE, new ImageBuilder().platform(Platform.parse("linux/riscv64")).build(ImageFormat.OCI)));
  @TempDir Path root;
  private World world;

  @BeforeEach
  void start() throws IOException {
    world = new World(root);
    store(IMAGE);
    Blob index = INDEX.document();
    world.contents.put(SCOPE, WriterSpec.of("index", index.descriptor()), index.bytes());
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private void store(Artifact artifact) throws IOException {
    for (Blob b : artifact.blobs()) world.contents.put(SCOPE, WriterSpec.of("test-" + b.digest(), b.descriptor()), b.bytes());
  }

  private Standing check(Platform platform) throws IOException {
    return world.archives.check(SCOPE, INDEX.descriptor(), platform, "");
  }

  private static List<Digest> digests(List<Descriptor> all) {
    return all.stream().map(Descriptor::digest).toList();
  }

  private void flip(Digest digest) throws IOException {
    try (var files = Files.walk(root)) {
      Path file = files.filter(f -> f.getFileName().toString().equals(digest.hex())).findFirst().orElseThrow();
      file.toFile().setWritable(true);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
  }

  @Test
  void saysWhatIsMissingAndWhatIsUnpacked() throws Exception {
    Standing whole = check(Platform.host());
    assertEquals(6, whole.needed().size(), "index, manifest, config and three layers");
    assertTrue(whole.complete());
    assertEquals(IMAGE.size() + INDEX.descriptor().size(), whole.sizeBytes());
    assertEquals(false, whole.unpacked());
    world.unpacker.sealed.addAll(Digest.chain(IMAGE.diffIds()));
    assertEquals(true, check(Platform.host()).unpacked());
    Digest layer = IMAGE.layers().get(1).digest();
    world.contents.remove(SCOPE, layer);
    Standing without = check(Platform.host());
    assertEquals(List.of(layer), digests(without.missing()));
    assertEquals(whole.sizeBytes() - IMAGE.layers().get(1).blob().length, without.presentBytes());
    Standing other = check(Platform.parse("linux/riscv64"));
    assertEquals(List.of(INDEX.images().get(1).descriptor().digest()), digests(other.missing()));
    NotFoundException e = assertThrows(NotFoundException.class, () -> check(Platform.parse("linux/s390x")));
    assertTrue(e.getMessage().contains("has nothing for linux/s390x; it has "), e.getMessage());
  }

  @Test
  void findsEachCorruptBlob() throws Exception {
    long all = IMAGE.size() + INDEX.descriptor().size();
    assertEquals(new Verified(6, all, List.of()), world.archives.verify(SCOPE, Optional.of(INDEX.descriptor()), p -> {}));
    assertEquals(new Verified(6, all, List.of()), world.archives.verify(SCOPE, Optional.empty(), p -> {}));
    for (Digest d : List.of(IMAGE.layers().get(2).digest(), IMAGE.config().digest())) flip(d);
    for (Optional<Descriptor> what : List.of(Optional.of(INDEX.descriptor()), Optional.<Descriptor>empty())) {
      Verified v = world.archives.verify(SCOPE, what, p -> {});
      assertEquals(List.of(IMAGE.layers().get(2).digest(), IMAGE.config().digest()).stream().sorted().toList(),
          v.damages().stream().map(Damage::digest).sorted().toList());
      assertTrue(v.damages().getFirst().found().startsWith("sha256:"), v.damages().toString());
      assertEquals(6, v.blobs());
    }
    flip(INDEX.descriptor().digest());
    Verified v = world.archives.verify(SCOPE, Optional.of(INDEX.descriptor()), p -> {});
    assertEquals(List.of(INDEX.descriptor().digest()), v.damages().stream().map(Damage::digest).toList());
    assertEquals(1, v.blobs(), "what a corrupt document names is not believed");
  }
}
