package io.gantry.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back after work. A heap that nobody fills is not collected, so what a pull used stays for days, with the buffers outside of
 * it that only a collection frees; a manager is quiet most of its life.
 */
final class Quiet implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Quiet.class);
  private static final Duration LOOK = Duration.ofSeconds(5);
  /** Clock ticks, of 10 ms: less than that between two looks is quiet, more than that since the last collection is work. */
  private static final long QUIET = 10;
  private static final long WORK = 50;

  private final LongSupplier ticks;
  private final Runnable collect;
  private long before;
  private long collected;

  Quiet(LongSupplier ticks, Runnable collect) {
    this.ticks = ticks;
    this.collect = collect;
  }

  static void start() {
    Thread.ofPlatform().daemon().name("quiet").start(new Quiet(Quiet::own, System::gc));
  }

  @Override
  public void run() {
    while (!Thread.interrupted()) {
      LockSupport.parkNanos(LOOK.toNanos());
      look();
    }
  }

  /** Collects once for each stretch of work, at the first quiet look after it. */
  void look() {
    long now = ticks.getAsLong();
    boolean quiet = now - before < QUIET;
    before = now;
    if (!quiet || now - collected < WORK) return;
    collect.run();
    before = ticks.getAsLong();
    collected = before;
  }

  /** What this process has used of processors so far. */
  private static long own() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    } catch (IOException e) {
      LOG.debug("no processor time known: {}", e.toString());
      return 0;
    }
  }
}
