package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchTest {
  private static final Image IMAGE = ManyFiles.of(1, 2, 3).image(ImageFormat.OCI);
  @TempDir Path folder;

  @Test
  void fetchesAManifest() throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start().add("a", "1", IMAGE)) {
      Path file = Fetch.fetch(Reference.parse(registry.host() + "/a:1"), folder);
      assertEquals(folder.resolve(IMAGE.descriptor().digest().hex() + ".json"), file);
      assertArrayEquals(IMAGE.manifest().bytes(), Files.readAllBytes(file));
      assertThrows(NotFoundException.class, () -> Fetch.fetch(Reference.parse(registry.host() + "/a:2"), folder));
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  @Test
  void wrongBytesLeaveNothingAndTheNextRunIsFree() throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start().add("a", "1", IMAGE).fault(On.manifests().method("GET"), Fault.wrongBytes())) {
      IOException e = assertThrows(IOException.class, () -> Fetch.fetch(Reference.parse(registry.host() + "/a:1"), folder));
      assertTrue(e.getMessage().contains("expected " + IMAGE.descriptor().digest() + ", found sha256:"), e.getMessage());
    }
    assertEquals(List.of(), files());
    try (FaultyRegistry registry = FaultyRegistry.start().add("a", "1", IMAGE)) {
      for (int i = 0; i < 2; i++) {
        Path file = Fetch.fetch(Reference.parse(registry.host() + "/a:1"), folder);
        assertEquals(List.of(file), files());
      }
    }
  }

  @Test
  void theAlgorithmIsTheDigests() throws Exception {
    byte[] bytes = IMAGE.manifest().bytes();
    String hex = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(bytes));
    Fault manifest = Fault.answer(200, ImageFormat.OCI.manifestType(), new String(bytes, StandardCharsets.UTF_8))
        .and(Fault.header("Docker-Content-Digest", "sha512:" + hex));
    try (FaultyRegistry registry = FaultyRegistry.start().add("a", "1", IMAGE).fault(On.manifests(), manifest)) {
      Path file = Fetch.fetch(Reference.parse(registry.host() + "/a:1"), folder);
      assertEquals(folder.resolve(hex + ".json"), file);
      assertArrayEquals(bytes, Files.readAllBytes(file));
    }
  }
}
