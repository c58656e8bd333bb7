package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.world.Components;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the component is not to be. In a framework of clients the command line's tests have it. */
class RemoteComponentTest {
  @TempDir Path root;

  private String refused(Map<String, String> properties) throws IOException {
    try (var parts = new Components(root)) {
      return assertThrows(RuntimeException.class, () -> parts.start(RemoteComponent.class, properties)).getMessage();
    }
  }

  @Test
  void aManagersFrameworkIsRefused() throws IOException {
    String said = refused(Map.of("address", "unix:///run/other.sock", "gantry.root", root.toString()));
    assertTrue(said.contains("gantry.client=true") && said.contains("unix:///run/other.sock"), said);
  }
}
