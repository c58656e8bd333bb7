package io.gantry.grpc;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the transport says of its connections, in the manager's log. By itself it writes to the standard error, with a trace for each client
 * that breaks off, so that clients could fill the state folder.
 */
final class TransportLog extends Handler {
  private static final Logger log = LoggerFactory.getLogger(TransportLog.class);
  /** Held here: the platform forgets the settings of a logger that nobody holds. */
  private static final java.util.logging.Logger TRANSPORT = java.util.logging.Logger.getLogger("io.grpc");

  private final SimpleFormatter words = new SimpleFormatter();

  private TransportLog() {}

  /** Takes all from now on, until {@link #close}. */
  static TransportLog open() {
    var taking = new TransportLog();
    TRANSPORT.addHandler(taking);
    TRANSPORT.setUseParentHandlers(false);
    return taking;
  }

  @Override
  public void publish(LogRecord r) {
    String said = words.formatMessage(r);
    if (r.getLevel().intValue() >= Level.SEVERE.intValue()) log.warn("{}: {}", said, String.valueOf(r.getThrown()));
    if (log.isDebugEnabled()) log.debug("{}: {}", r.getLoggerName(), said, r.getThrown());
  }

  @Override
  public void flush() {} // the log does that

  @Override
  public void close() {
    TRANSPORT.removeHandler(this);
    TRANSPORT.setUseParentHandlers(TRANSPORT.getHandlers().length == 0);
  }
}
