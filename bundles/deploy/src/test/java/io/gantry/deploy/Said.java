package io.gantry.deploy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** What a class logs meanwhile: level and message. */
final class Said extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger logger;

  Said(Class<?> of) {
    logger = (Logger) LoggerFactory.getLogger(of);
    start();
    logger.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent e) {
    lines.add(e.getLevel() + " " + e.getFormattedMessage());
  }

  Stream<String> lines() {
    return lines.stream();
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    stop();
  }
}
