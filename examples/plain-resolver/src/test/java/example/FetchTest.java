package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.registry.FaultyRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
