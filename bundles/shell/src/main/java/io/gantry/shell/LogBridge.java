package io.gantry.shell;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What bundles tell the OSGi log (the component runtime says there why a driver is not active) goes to the manager's log, from the start of
 * the framework on: most bundles start before this one, so what they said until then is told after them.
 */
@Component(immediate = true, service = {})
public final class LogBridge implements LogListener {
  /** Loggers that tell of each service that comes and goes. */
  private static final String FRAMEWORK_EVENTS = "Events.";

  private final LogReaderService log;
  /** Sequences of what was told at the start, until something newer comes; guarded by this. */
  private Set<Long> told = Set.of();

  @Activate
  public LogBridge(@Reference LogReaderService log) {
    this.log = log;
    log.addLogListener(this);
    earlier();
  }

  /** What comes meanwhile waits. The log keeps and hands out its entries in one order, which is not that of their sequences. */
  private synchronized void earlier() {
    List<LogEntry> newestFirst = Collections.list(log.getLog());
    for (LogEntry e : newestFirst.reversed()) tell(e);
    told = newestFirst.stream().map(LogEntry::getSequence).collect(Collectors.toSet());
  }

  @Deactivate
  void close() {
    log.removeLogListener(this);
  }

  @Override
  public synchronized void logged(LogEntry e) {
    if (told.contains(e.getSequence())) return;
    told = Set.of();
    tell(e);
  }

  private static void tell(LogEntry e) {
    Bundle from = e.getBundle();
    Logger to = LoggerFactory.getLogger(from == null || from.getSymbolicName() == null ? "osgi" : from.getSymbolicName());
    to.atLevel(level(e)).setCause(e.getException()).log("{}", e.getMessage());
  }

  private static Level level(LogEntry e) {
    if (e.getLoggerName().startsWith(FRAMEWORK_EVENTS) && e.getException() == null) return Level.DEBUG;
    return switch (e.getLogLevel()) {
      case AUDIT, INFO -> Level.INFO;
      case ERROR -> Level.ERROR;
      case WARN -> Level.WARN;
      case DEBUG -> Level.DEBUG;
      case TRACE -> Level.TRACE;
    };
  }
}
