package io.gantry.grpc;

/**
 * Memory for the bytes of blobs on their way to clients, one for all calls. What a call sent stays in memory until its client takes it, so
 * the size of its next piece is what is left here: few calls send large pieces, many small ones, and a client that stalls keeps one piece.
 * Nobody waits for memory: clients that stall could else make all others wait. Thread-safe; the lock guards what is in use.
 */
final class FlowBudget {
  /** In bytes: of few calls, of many, and of those beyond, which take little more than the call itself does. */
  static final int LARGE = 1 << 20;

  static final int SMALL = 1 << 16;
  static final int LEAST = 1 << 13;
  /** Which part of the heap. Half of it is for large pieces. */
  private static final int PART = 8;

  private final long bytes;
  private long used;

  FlowBudget(long bytes) {
    this.bytes = bytes;
  }

  static FlowBudget ofHeap() {
    return new FlowBudget(Runtime.getRuntime().maxMemory() / PART);
  }

  /** What is in use, in bytes. */
  synchronized long used() {
    return used;
  }

  Share share() {
    return new Share();
  }

  private synchronized boolean take(long more, long most) {
    if (more > 0 && used + more > most) return false;
    used += more;
    return true;
  }

  /** What one call has of it, until it is closed. */
  final class Share implements AutoCloseable {
    private long held;
    private boolean closed;

    private Share() {}

    /**
     * How large the next piece may be, in bytes; those sent before are no longer in memory.
     *
     * @param left what there is to be sent, more than 0
     * @return at least one, at most {@code left}
     */
    synchronized int next(long left) {
      int large = (int) Math.min(LARGE, left);
      if (large > SMALL && hold(2L * large, bytes / 2)) return large; // one is read while the one before is on its way
      int small = (int) Math.min(SMALL, left);
      if (hold(small, bytes)) return small;
      hold(0, bytes);
      return (int) Math.min(LEAST, left);
    }

    private boolean hold(long wanted, long most) {
      if (closed && wanted > 0 || !take(wanted - held, most)) return false;
      held = wanted;
      return true;
    }

    /** Gives it back: what was sent is gone, or its client is. Again is no error. */
    @Override
    public synchronized void close() {
      closed = true;
      hold(0, bytes);
    }
  }
}
