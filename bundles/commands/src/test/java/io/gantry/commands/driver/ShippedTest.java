package io.gantry.commands.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippedTest {
  @Test
  void theDigestIsOfTheFile(@TempDir Path folder) throws Exception {
    Path jar = Files.writeString(folder.resolve("a b.jar"), "abc");
    Optional<String> abc = Optional.of("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertEquals(abc, Shipped.digest("reference:" + jar.toUri()));
    Files.delete(jar);
    assertEquals(Optional.empty(), Shipped.digest("reference:" + jar.toUri()));
    assertEquals(Optional.empty(), Shipped.digest("sha256:" + "0".repeat(64)));
  }
}
