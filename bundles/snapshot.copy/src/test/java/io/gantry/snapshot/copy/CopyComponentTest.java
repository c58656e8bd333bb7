package io.gantry.snapshot.copy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CopyComponentTest {
  /** What deploy checks a file against: without it, any key would be taken without a word. */
  @Test
  void saysThatItHasNoKeys() throws Exception {
    try (InputStream in = CopyComponent.class.getResourceAsStream("/OSGI-INF/metatype/" + CopyComponent.Config.class.getName() + ".xml")) {
      String keys = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(keys.contains("<Designate factoryPid=\"snapshot.copy\">") && !keys.contains("<AD"), keys);
    }
  }
}
