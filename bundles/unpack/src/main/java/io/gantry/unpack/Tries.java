package io.gantry.unpack;

import io.gantry.api.Scope;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.service.driver.Loan;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tries at one layer. A driver that is replaced has its try cut, and the layer is begun anew; a try that nobody waits for any more may
 * still be at work, and must not leave a snapshot. The monitor guards all fields.
 */
final class Tries {
  private static final Logger LOG = LoggerFactory.getLogger(Tries.class);
  /** How often a layer is begun. */
  static final int MOST = 3;
  /** How long work that nobody wants any more, whose stream was closed, is waited for. */
  private static final Duration LAST_WORK = Duration.ofSeconds(10);
  private final Consumer<String> discard;
  private int last;
  private String done = "";
  private InputStream blob;
  private boolean cut;
  private boolean closed;
  private int running;

  /** @param discard takes a key's snapshot away */
  Tries(Consumer<String> discard) {
    this.discard = discard;
  }

  /**
   * Begins the next one, and takes away what the one before has left. Its {@link #ended} is to follow.
   *
   * @throws IOException nobody waits for any more tries
   */
  int begin(Loan loan) throws IOException {
    String left;
    int mine;
    synchronized (this) {
      if (closed) throw unwanted();
      running++;
      mine = ++last;
      left = done;
      done = "";
    }
    if (!left.isEmpty()) discard.accept(left);
    loan.onCut(() -> cut(mine));
    return mine;
  }

  private void cut(int mine) {
    synchronized (this) {
      cut = true;
      if (mine != last) return;
    }
    closeBlob();
  }

  /** Whether a driver was wanted back in the midst of one. */
  synchronized boolean wereCut() {
    return cut;
  }

  /** @param stream what this try reads; its close ends the try */
  void reads(int mine, InputStream stream) throws IOException {
    synchronized (this) {
      if (mine == last && !closed) {
        blob = stream;
        return;
      }
    }
    throw unwanted();
  }

  private static IOException unwanted() {
    return new IOException("nobody waits for this try any more");
  }

  /** One that was begun has come to its end, well or not, and has cleaned up. */
  synchronized void ended() {
    running--;
    notifyAll();
  }

  /** @return false where nobody waits for it any more: its snapshot is to go */
  synchronized boolean done(int mine, String key) {
    if (mine != last || closed) return false;
    done = key;
    blob = null;
    return true;
  }

  /** Ends the work on the driver's thread, which then cleans up, and waits for that, though the caller may be interrupted. */
  void giveUp(Scope scope, String what, Throwable why) {
    CleanUp.after(why, scope, ending -> {
      if (giveUp(LAST_WORK)) return;
      LOG.warn("{}, which failed, is still at work after {} s; what it made goes when that ends", what, LAST_WORK.toSeconds());
    });
  }

  /**
   * There will be no further one, and none is wanted: ends what is at work and waits for it. Blocks for {@code patience} at most, beside
   * what taking a snapshot away needs.
   *
   * @return false where one is still at work, which is to take its snapshot away itself
   */
  boolean giveUp(Duration patience) {
    String left;
    synchronized (this) {
      closed = true;
      left = done;
      done = "";
    }
    closeBlob();
    if (!left.isEmpty()) discard.accept(left);
    return awaitEnd(patience);
  }

  private synchronized boolean awaitEnd(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      for (long left = patience.toMillis(); running > 0 && left > 0; left = (end - System.nanoTime()) / 1_000_000) wait(left);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return running == 0;
  }

  private void closeBlob() {
    InputStream open;
    synchronized (this) {
      open = blob;
      blob = null;
    }
    try {
      if (open != null) open.close();
    } catch (IOException e) {
      LOG.debug("closing a layer's blob: {}", e.toString());
    }
  }
}
