package io.gantry.kit.fault;

import io.gantry.api.ExhaustedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is to go wrong, for one or more decorators that share it. May be changed at any time and from any thread.
 *
 * <p>Example: {@code new FaultyContent(store, new Faults().shortReads(100).failWrite(3))}.
 */
public final class Faults {
  private final AtomicLong writes = new AtomicLong();
  private final AtomicInteger again = new AtomicInteger();
  private volatile long failFrom = Long.MAX_VALUE;
  private volatile long failTo = Long.MAX_VALUE;
  private volatile boolean torn;
  private volatile int mostRead = Integer.MAX_VALUE;
  private volatile int mostWritten = Integer.MAX_VALUE;
  private volatile CountDownLatch close = new CountDownLatch(0);

  /** The n-th write from now fails as on a full disk; 1 is the next. Later ones succeed. */
  public Faults failWrite(int n) {
    failFrom = writes.get() + n;
    failTo = failFrom;
    return this;
  }

  /** The n-th write from now and all later ones fail as on a full disk. */
  public Faults failWritesFrom(int n) {
    failFrom = writes.get() + n;
    failTo = Long.MAX_VALUE;
    return this;
  }

  /** A write that fails has done half of its work first, where it can be halved. */
  public Faults tearingWrites() {
    torn = true;
    return this;
  }

  /** A read answers at most so many bytes. */
  public Faults shortReads(int most) {
    mostRead = most;
    return this;
  }

  /** A write takes at most so many bytes at once. */
  public Faults shortWrites(int most) {
    mostWritten = most;
    return this;
  }

  /** The next so many calls that may answer "again" do so, having done nothing. */
  public Faults again(int times) {
    again.set(times);
    return this;
  }

  /** Closing waits for the latch. */
  public Faults closeWaitsFor(CountDownLatch latch) {
    close = latch;
    return this;
  }

  /** Nothing goes wrong from now on. */
  public Faults heal() {
    failFrom = Long.MAX_VALUE;
    torn = false;
    mostRead = Integer.MAX_VALUE;
    mostWritten = Integer.MAX_VALUE;
    again.set(0);
    close = new CountDownLatch(0);
    return this;
  }

  /** How many writes there were. */
  public long writes() {
    return writes.get();
  }

  /** Counts a write, and says whether this one fails. */
  boolean fails() {
    long n = writes.incrementAndGet();
    return n >= failFrom && n <= failTo;
  }

  /** Counts a write that cannot be halved; throws where it is to fail. */
  void write(String what) throws IOException {
    if (fails()) throw full(what);
  }

  static ExhaustedException full(String what) {
    return new ExhaustedException(what + ": no space left on device, as told");
  }

  boolean tears() {
    return torn;
  }

  int mostRead() {
    return mostRead;
  }

  int mostWritten() {
    return mostWritten;
  }

  boolean saysAgain() {
    return again.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  void closing() throws IOException {
    try {
      close.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("closing was interrupted while it waits, as told");
    }
  }
}
