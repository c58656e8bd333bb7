package io.gantry.swap;

import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks for a driver's object, which activates it, on a thread that nobody interrupts; and gives it back, which deactivates it. */
final class Activation {
  private static final Logger log = LoggerFactory.getLogger(Activation.class);
  private final Board board;
  private final BundleContext context;
  private final Reports reports;

  Activation(Board board, BundleContext context, Reports reports) {
    this.board = board;
    this.context = context;
    this.reports = reports;
  }

  /** Under the lock: begins the activation that the first borrow causes; whoever waits for the instance is told of its end. */
  void begin(Instance i, Candidate c) {
    i.activating = true;
    start("activate-" + i.ref.kind() + "-" + i.ref.name(), () -> first(i, c));
  }

  private void first(Instance i, Candidate c) {
    Object driver = get(c);
    boolean late = false;
    board.lock.lock();
    try {
      i.activating = false;
      late = driver != null && (c.gone || i.chosen != c);
      if (driver != null && !late) i.live = new Live(i, c, driver, board.nextEpoch());
      i.changed();
    } finally {
      board.lock.unlock();
    }
    if (late) c.unget(context);
    if (driver != null && !late) log.info("driver {} is {}", i.ref, c.label());
  }

  /** Activates; null where that failed, and then the candidate says why. */
  Object get(Candidate c) {
    Object driver = null;
    String failure = "";
    try {
      driver = c.get(context);
      if (driver == null) failure = reports.whyFailed(c);
    } catch (RuntimeException | LinkageError e) {
      failure = e.toString();
    }
    board.lock.lock();
    try {
      c.failure = driver == null && failure.isEmpty() ? "no reason was given" : failure;
      c.failedAt = System.nanoTime();
    } finally {
      board.lock.unlock();
    }
    if (driver == null) log.warn("a driver of {} cannot be activated: {}", c.label(), c.failure);
    return driver;
  }

  /** Gives back a driver that nobody borrows, and answers whether its component is known to be deactivated. */
  boolean giveBack(Live live) {
    live.workers.close();
    live.candidate.unget(context);
    return reports.inactive(live.candidate);
  }

  String whyAbsent(Instance i) {
    return reports.whyAbsent(i);
  }

  static Thread start(String name, Runnable work) {
    Thread t = Thread.ofPlatform().daemon(true).inheritInheritableThreadLocals(false).name("swap-" + name).unstarted(work);
    t.setContextClassLoader(Activation.class.getClassLoader());
    t.start();
    return t;
  }
}
