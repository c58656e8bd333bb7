package io.gantry.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Takes levels from a file whenever that file has changed: UTF-8 lines {@code logger = level}; empty lines and lines that begin with
 * {@code #} say nothing. One that is gone means the defaults. One that has a wrong line leaves all levels as they are; so does one that
 * cannot be read, which is tried again at the next look.
 */
final class Levels implements Runnable {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Levels.class);
  /** Of a file that is not there. */
  private static final FileTime NONE = FileTime.fromMillis(Long.MIN_VALUE);
  private final LoggerContext context;
  private final Path file;
  private final Consumer<String> problem;
  private FileTime seen = NONE; // null where it could not be read
  private String told = "";

  /** @param problem is told at each change of the file what is wrong with it; an empty text where nothing is */
  Levels(LoggerContext context, Path file, Consumer<String> problem) {
    this.context = context;
    this.file = file;
    this.problem = problem;
  }

  @Override
  public void run() {
    try {
      FileTime now = Files.notExists(file) ? NONE : Files.getLastModifiedTime(file);
      if (now.equals(seen)) return;
      String wrong = take(now);
      seen = now;
      tell(wrong);
    } catch (IOException e) {
      seen = null;
      tell(file + " cannot be read, the levels stay as they were: " + e);
    }
  }

  /** What is wrong with it; empty where its levels are taken. */
  private String take(FileTime now) throws IOException {
    try {
      apply(now.equals(NONE) ? Map.of() : read());
      return "";
    } catch (IllegalArgumentException e) {
      return e.getMessage() + "; the levels stay as they were";
    } catch (MalformedInputException e) {
      return file.getFileName() + " is not UTF-8 text; the levels stay as they were";
    }
  }

  private void tell(String wrong) {
    if (wrong.equals(told)) return;
    told = wrong;
    if (!wrong.isEmpty()) LOG.error("{}", wrong);
    problem.accept(wrong);
  }

  /** @throws IllegalArgumentException a line is wrong; the message names file, line and key */
  private Map<String, Level> read() throws IOException {
    Map<String, Level> levels = new LinkedHashMap<>();
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && line.charAt(0) != '#') add(file.getFileName() + ":" + (i + 1) + ": ", line, levels);
    }
    return levels;
  }

  private static void add(String where, String line, Map<String, Level> levels) {
    int equals = line.indexOf('=');
    if (equals < 1) throw new IllegalArgumentException(where + "'" + line + "' is not logger = level");
    String logger = line.substring(0, equals).strip();
    String text = line.substring(equals + 1).strip();
    Level level = Level.toLevel(text, null);
    if (level == null) {
      throw new IllegalArgumentException(where + logger + " = '" + text + "', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF");
    }
    if (levels.putIfAbsent(logger, level) != null) throw new IllegalArgumentException(where + logger + " was given above already");
  }

  private void apply(Map<String, Level> levels) {
    String root = org.slf4j.Logger.ROOT_LOGGER_NAME;
    for (Logger l : context.getLoggerList()) if (!l.getName().equals(root)) l.setLevel(levels.get(l.getName()));
    context.getLogger(root).setLevel(levels.getOrDefault("root", Level.INFO));
    levels.forEach((name, level) -> {
      if (!name.equals("root")) context.getLogger(name).setLevel(level);
    });
  }
}
