package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class LevelsTest {
  @TempDir Path folder;
  private final LoggerContext context = new LoggerContext();
  private final List<String> problems = new ArrayList<>();
  private long time = 1_000;

  private void say(Levels levels, String text) throws IOException {
    Path file = folder.resolve("logging.cfg");
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(time += 1_000));
    levels.run();
  }

  @Test
  void aChangedFileApplies() throws IOException {
    var levels = new Levels(context, folder.resolve("logging.cfg"), problems::add);
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
  void aFileThatIsGoneMeansTheDefaults() throws IOException {
    var levels = new Levels(context, folder.resolve("logging.cfg"), problems::add);
    say(levels, "root = DEBUG\nio.gantry = TRACE\n");
    say(levels, "root = NONSENSE\n");
    assertEquals(Level.DEBUG, context.getLogger("ROOT").getLevel());
    Files.delete(folder.resolve("logging.cfg"));
    levels.run();
    assertEquals(Level.INFO, context.getLogger("ROOT").getLevel());
    assertEquals(Level.INFO, context.getLogger("io.gantry").getEffectiveLevel());
    assertEquals("", problems.getLast());
  }

  /** A folder of that age in the place of the file cannot be read; nothing else changes when it can be. */
  @Test
  void whatCouldNotBeReadIsTriedAgain() throws IOException {
    Path file = folder.resolve("logging.cfg");
    var levels = new Levels(context, file, problems::add);
    say(levels, "root = WARN\n");
    Files.delete(file);
    Files.createDirectory(file);
    Files.setLastModifiedTime(file, FileTime.fromMillis(time + 1_000));
    levels.run();
    levels.run();
    assertEquals(1, problems.size());
    assertTrue(problems.getLast().startsWith(file + " cannot be read, the levels stay as they were"), problems.toString());
    assertEquals(Level.WARN, context.getLogger("ROOT").getLevel());
    Files.delete(file);
    say(levels, "root = ERROR\n");
    assertEquals(Level.ERROR, context.getLogger("ROOT").getLevel());
    assertEquals("", problems.getLast());
  }

  @Test
  void whatIsNoTextIsToldInWords() throws IOException {
    Path file = folder.resolve("logging.cfg");
    Files.write(file, new byte[] {'r', (byte) 0xff});
    new Levels(context, file, problems::add).run();
    assertEquals(List.of("logging.cfg is not UTF-8 text; the levels stay as they were"), problems);
  }

  /** One error with file, line and key; what was good before stays, all of it. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      root = TRACE\\nio.gantry = NONSENSE | logging.cfg:2: io.gantry = 'NONSENSE', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF;
      root = INFO\\n# one\\nio = WARNN | logging.cfg:3: io = 'WARNN', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF;
      root = WARNN                     | logging.cfg:1: root = 'WARNN', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF;
      root =                           | logging.cfg:1: root = '', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF;
      io.gantry DEBUG                  | logging.cfg:1: 'io.gantry DEBUG' is not logger = level;
      root = WARN\\nroot = INFO        | logging.cfg:2: root was given above already;
      io.gantry = \\u00zz              | logging.cfg:1: io.gantry = '\\u00zz', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF;
      """)
  void aWrongLineLeavesAllLevels(String text, String told) throws IOException {
    var levels = new Levels(context, folder.resolve("logging.cfg"), problems::add);
    say(levels, "root = WARN\nio.gantry = DEBUG\nio.gantry.swap = TRACE\n");
    var said = new ListAppender<ILoggingEvent>();
    said.start();
    Logger own = (Logger) LoggerFactory.getLogger(Levels.class);
    own.addAppender(said);
    try {
      say(levels, text.replace("\\n", "\n"));
      levels.run();
    } finally {
      own.detachAppender(said);
    }
    assertEquals(List.of("ERROR " + told + " the levels stay as they were"), said.list.stream().map(e -> e.getLevel() + " " + e
        .getFormattedMessage()).toList());
    assertEquals(List.of(Level.WARN, Level.DEBUG, Level.TRACE),
        Stream.of("ROOT", "io.gantry", "io.gantry.swap").map(l -> context.getLogger(l).getLevel()).toList());
    assertEquals(List.of(told + " the levels stay as they were"), problems);
    say(levels, "io.gantry = ERROR\n");
    assertEquals("", problems.getLast());
    assertEquals(Level.ERROR, context.getLogger("io.gantry.swap").getEffectiveLevel());
  }
}
