package io.gantry.unpack;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for one test, on a real disk; names in it may be in no encoding, so it is removed by descriptor. */
final class Root implements AutoCloseable {
  final Path path;

  Root() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "owners, devices and trusted.* attributes need root");
    path = Files.createTempDirectory(Path.of("/var/tmp"), "unpack-test");
  }

  Path folder(String name) throws IOException {
    return Files.createDirectory(path.resolve(name));
  }

  @Override
  public void close() throws IOException {
    try (Fd parent = Fd.open(path.getParent())) {
      Trees.remove(parent, Names.of(path.getFileName().toString()), Budget.unlimited());
    }
  }
}
