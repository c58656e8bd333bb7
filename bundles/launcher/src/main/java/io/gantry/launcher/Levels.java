package io.gantry.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
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
 * {@code #} say nothing. One that cannot be read, or has a wrong line, leaves all levels as they are.
 */
final class Levels implements Runnable {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Levels.class);
  private final LoggerContext context;
  private final Path file;
  private final Consumer<String> problem;
  private FileTime seen = FileTime.fromMillis(0);

  /** @param problem is told at each change of the file what is wrong with it; an empty text where nothing is */
  Levels(LoggerContext context, Path file, Consumer<String> problem) {
    this.context = context;
    this.file = file;
    this.problem = problem;
  }

  @Override
  public void run() {
    try {
      FileTime now = Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
      if (now.equals(seen)) return;
      seen = now;
      if (now.toMillis() != 0) apply(read());
      problem.accept("");
    } catch (IllegalArgumentException e) {
      wrong(e.getMessage() + "; the levels stay as they were");
    } catch (IOException e) {
      wrong(file + " cannot be read, the levels stay as they were: " + e);
    }
  }

  private void wrong(String text) {
    LOG.error("{}", text);
    problem.accept(text);
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
