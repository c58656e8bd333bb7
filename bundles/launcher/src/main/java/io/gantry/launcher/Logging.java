package io.gantry.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Logs to {@code <root>/log/gantry.log}, and reads levels from {@code <root>/config/logging.cfg} whenever that file changes: {@code root =
 * INFO}, {@code io.gantry.swap = DEBUG}.
 */
final class Logging {
  private static final String FILE_SIZE = "16MB";
  private static final int FILES = 4;
  private static final long LOOK_MILLIS = 1000;
  /** What is wrong with the file of levels; a system property, since it is there before there is a framework, and changes. */
  private static final String PROBLEM = "gantry.logging.problem";

  private Logging() {}

  static void configure(Path root) throws IOException {
    Path dir = root.resolve("log");
    Files.createDirectories(dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger all = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    all.setLevel(Level.INFO);
    all.addAppender(appender(context, dir.resolve("gantry.log").toString()));
    Path levels = root.resolve("config").resolve("logging.cfg");
    ScheduledExecutorService look = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("log-levels").factory());
    look.scheduleWithFixedDelay(new Levels(context, levels, text -> System.setProperty(PROBLEM, text)), 0, LOOK_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  /** A message has one line, and nothing that would steer a terminal: names in it may come from an image. */
  private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level [%thread] %logger{36}: "
      + "%replace(%replace(%msg){'[\\r\\n]+', ' | '}){'[\\x00-\\x1f\\x7f-\\x9f]', '?'}%n"
      + "%replace(%ex){'[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]', '?'}";

  private static RollingFileAppender<ILoggingEvent> appender(LoggerContext context, String file) {
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    var appender = new RollingFileAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setFile(file);
    var rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(file + ".%i");
    rolling.setMaxIndex(FILES);
    rolling.start();
    var size = new SizeBasedTriggeringPolicy<ILoggingEvent>();
    size.setContext(context);
    size.setMaxFileSize(FileSize.valueOf(FILE_SIZE));
    size.start();
    appender.setEncoder(encoder);
    appender.setRollingPolicy(rolling);
    appender.setTriggeringPolicy(size);
    appender.start();
    return appender;
  }
}
