package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.service.driver.DriverRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file alone, without a manager. */
class ConfigFileTest {
  @TempDir Path folder;

  @Test
  void shippedFilesAreRight() throws Exception {
    List<Path> all;
    try (Stream<Path> files = Files.list(Path.of("../../config"))) {
      all = files.toList();
    }
    assertTrue(all.size() > 1);
    for (Path p : all) {
      assertTrue(ConfigFile.parts(p.getFileName().toString()).matches(), p + " is no file of config/");
      ConfigFile.read(p);
    }
  }

  @Test
  void whatIsNoFileIsToldSo() throws Exception {
    Path file = folder.resolve("unpack.cfg");
    Files.createDirectory(file);
    assertEquals("unpack.cfg is no file but a folder", assertThrows(InvalidException.class, () -> ConfigFile.read(file)).getMessage());
    Files.delete(file);
    Files.createSymbolicLink(file, folder.resolve("gone"));
    assertEquals(
        "unpack.cfg is no file but a link to what is not there", assertThrows(InvalidException.class, () -> ConfigFile.read(file))
            .getMessage());
    Files.writeString(folder.resolve("gone"), "a = b\n");
    assertEquals(Map.of("a", "b"), ConfigFile.read(file).values());
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("/dev/zero"));
    assertEquals("unpack.cfg is no file but a pipe, a socket or a device", assertThrows(InvalidException.class, () -> ConfigFile.read(file))
        .getMessage());
  }

  @Test
  void namesOfFiles() throws Exception {
    Path file = Files.writeString(folder.resolve("runtime.shim~io.containerd.runc.v2.cfg"), "a = b = c\n");
    ConfigFile read = ConfigFile.read(file);
    assertEquals(DriverRef.of("runtime/io.containerd.runc.v2"), read.driver().orElseThrow());
    assertEquals(Map.of("a", "b = c"), read.values());
    ConfigFile other = ConfigFile.read(Files.writeString(folder.resolve("org.example.my-impl.Thing_2~x.cfg"), "org.example.Pool = 2\n"));
    assertEquals("org.example.my-impl.Thing_2", other.pid());
    assertEquals(Optional.empty(), other.driver());
    for (String none : List.of("a b.cfg", ".a.cfg", "a..b.cfg", "a~.cfg", "a~b~c.cfg")) {
      assertThrows(InvalidException.class, () -> ConfigFile.read(Files.writeString(folder.resolve(none), "")), none);
    }
  }
}
