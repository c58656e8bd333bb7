package io.gantry.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Properties;
import org.slf4j.LoggerFactory;

/** Takes levels from a file whenever that file has changed; one that cannot be read leaves them as they are. */
final class Levels implements Runnable {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Levels.class);
  private final LoggerContext context;
  private final Path file;
  private FileTime seen = FileTime.fromMillis(0);

  Levels(LoggerContext context, Path file) {
    this.context = context;
    this.file = file;
  }

  @Override
  public void run() {
    try {
      FileTime now = Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
      if (now.equals(seen)) return;
      seen = now;
      if (now.toMillis() != 0) apply();
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("{} cannot be read, levels stay as they are: {}", file, e.toString());
    }
  }

  private void apply() throws IOException {
    var levels = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      levels.load(in);
    }
    for (Logger l : context.getLoggerList()) if (!l.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME)) l.setLevel(null);
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
    for (String name : levels.stringPropertyNames()) {
      String text = levels.getProperty(name).strip();
      Level level = Level.toLevel(text, null);
      if (level == null) LOG.warn("{}: level of '{}' is '{}', expected ERROR, WARN, INFO, DEBUG, TRACE or OFF", file, name, text);
      else context.getLogger(name.equals("root") ? org.slf4j.Logger.ROOT_LOGGER_NAME : name).setLevel(level);
    }
  }
}
