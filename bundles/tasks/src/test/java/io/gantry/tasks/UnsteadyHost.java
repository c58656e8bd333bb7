package io.gantry.tasks;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests with a manager each whose drivers can be made to fail; skipped where there can be none. */
abstract class UnsteadyHost {
  @TempDir Path root;
  final UnsteadyDrivers drivers = new UnsteadyDrivers();
  Host host;

  @BeforeEach
  void open() throws IOException {
    Host.require();
    host = new Host(root, drivers);
  }

  @AfterEach
  void close() throws IOException {
    if (host != null) host.clear();
  }
}
