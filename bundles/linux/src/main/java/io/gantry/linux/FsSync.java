package io.gantry.linux;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * syncfs(2) in groups: whoever asks while one runs shares the next. Asking does not block, so a driver can do other work, answer "again",
 * or be replaced while the disk is busy.
 *
 * <p>The lock guards which round is next, and is never held over a call of the kernel.
 */
public final class FsSync {
  private static final Map<Long, FsSync> BY_DEVICE = new ConcurrentHashMap<>();
  private static final Map<String, Ticket> BY_WORK = new ConcurrentHashMap<>();

  private Ticket next;
  private boolean running;

  private FsSync() {}

  /** One round of a file system; all who asked before it began share it. */
  public static final class Ticket {
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Fd file;

    private Ticket(Fd file) {
      this.file = file;
    }

    /**
     * Waits for the end of the round; false when it has not come by then.
     *
     * @throws IOException what was written may not be on the disk
     */
    public boolean done(Duration wait) throws IOException {
      try {
        end.get(wait.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new java.io.InterruptedIOException("waiting for syncfs").initCause(e);
      } catch (ExecutionException e) {
        throw new ErrnoException("syncfs", e.getCause() instanceof ErrnoException errno ? errno.errno() : Errno.EIO);
      }
    }
  }

  /**
   * Asks once for a work in slices, and answers whether it is on the disk. This class is never swapped, so that another version of the
   * caller, going on with the work, does not ask anew.
   *
   * @param work names it, unique for ever: the path of a snapshot. Nothing may be written for it after the first call
   * @throws IOException what was written may not be on the disk; the next call asks again
   */
  public static boolean done(String work, Fd file, Duration wait) throws IOException {
    Ticket ticket = BY_WORK.get(work);
    if (ticket == null) BY_WORK.put(work, ticket = ask(file));
    boolean forget = true;
    try {
      return forget = ticket.done(wait);
    } finally {
      if (forget) BY_WORK.remove(work, ticket);
    }
  }

  /** Everything written before this call to the file system that {@code file} is on will be on the disk when the ticket is done. */
  public static Ticket ask(Fd file) throws IOException {
    return BY_DEVICE.computeIfAbsent(file.stat().dev(), d -> new FsSync()).enlist(file);
  }

  private synchronized Ticket enlist(Fd file) throws IOException {
    if (next == null) next = new Ticket(file.dup());
    Ticket mine = next;
    if (!running) {
      NativePool.run(this::rounds); // begins with this lock; may fail for want of threads
      running = true;
    }
    return mine;
  }

  private void rounds() {
    for (Ticket round = begin(); round != null; round = begin()) {
      try (Fd file = round.file) {
        ErrnoException.check(Io.syncfs(file.raw()), "syncfs");
        round.end.complete(null);
      } catch (IOException | RuntimeException | Error e) {
        round.end.completeExceptionally(e);
      }
    }
  }

  private synchronized Ticket begin() {
    Ticket round = next;
    next = null;
    running = round != null;
    return round;
  }
}
