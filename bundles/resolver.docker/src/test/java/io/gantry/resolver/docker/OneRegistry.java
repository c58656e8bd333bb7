package io.gantry.resolver.docker;

import static io.gantry.resolver.docker.World.IMAGE;

import io.gantry.kit.registry.FaultyRegistry;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests with a registry each that has an image {@code a/b}, and a resolver. */
abstract class OneRegistry {
  @TempDir Path folder;
  FaultyRegistry registry;
  DockerResolver resolver;
  String host;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE);
    resolver = World.resolver();
    host = registry.host();
  }

  @AfterEach
  void stop() throws IOException {
    resolver.close();
    registry.close();
  }
}
