package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeedTest {
  @TempDir Path folder;

  @Test
  void whatIsThereIsTheAdministrators() throws IOException {
    Path from = Files.createDirectory(folder.resolve("from"));
    Path to = folder.resolve("to");
    Files.writeString(from.resolve("a.cfg"), "a = 1");
    Seed.config(from, to);
    assertEquals("a = 1", Files.readString(to.resolve("a.cfg")));
    Files.writeString(to.resolve("a.cfg"), "a = 2");
    Files.writeString(from.resolve("b.cfg"), "b = 1");
    Files.writeString(to.resolve("b.cfg.new"), "cut by a cra");
    Seed.config(from, to);
    assertEquals("a = 2", Files.readString(to.resolve("a.cfg")));
    assertEquals("b = 1", Files.readString(to.resolve("b.cfg")));
  }
}
