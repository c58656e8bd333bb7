package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LevelsTest {
  @TempDir Path folder;
  private final LoggerContext context = new LoggerContext();
  private long time = 1_000;

  private void say(Levels levels, String text) throws IOException {
    Path file = folder.resolve("logging.cfg");
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(time += 1_000));
    levels.run();
  }

  @Test
  void aChangedFileApplies() throws IOException {
    var levels = new Levels(context, folder.resolve("logging.cfg"));
    levels.run();
    Logger root = context.getLogger("ROOT");
    Logger swap = context.getLogger("io.gantry.swap");
    say(levels, "root = WARN\nio.gantry.swap = TRACE\n");
    assertEquals(Level.WARN, root.getLevel());
    assertEquals(Level.TRACE, swap.getLevel());
    say(levels, "io.gantry = debug\n");
    assertEquals(Level.INFO, root.getLevel());
    assertNull(swap.getLevel());
    assertEquals(Level.DEBUG, swap.getEffectiveLevel());
  }

  @Test
  void aWrongLevelLeavesTheOthers() throws IOException {
    var levels = new Levels(context, folder.resolve("logging.cfg"));
    say(levels, "io.gantry.swap = LOUD\nio.gantry = ERROR\n");
    assertEquals(Level.ERROR, context.getLogger("io.gantry.swap").getEffectiveLevel());
    say(levels, "io.gantry = \\u00zz\n");
    assertEquals(Level.ERROR, context.getLogger("io.gantry").getLevel());
  }
}
