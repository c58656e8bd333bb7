package io.gantry.deploy;

import io.gantry.service.driver.DriverRef;
import io.gantry.swap.Osgi;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Install, update, roll back, remove, and a restart after each, in a real framework. */
class DeploymentTest {
  private static final DriverRef REF = DriverRef.of("content/local");
  @TempDir Path folder;
  private Path root;
  private Osgi osgi;
}
