package io.gantry.swap;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Borrows: waits until the drivers may be had, begins the call on a worker, waits for its answer. */
final class Lender {
  private static final long RETRY_FAILED_NANOS = TimeUnit.SECONDS.toNanos(1);
  /** How often one that may settle, or is made anew, is looked at. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  /** Many calls answer sooner than a thread is put to sleep and woken (half the time of a call, tried, for the same CPU). */
  private static final long SPIN_NANOS = Runtime.getRuntime().availableProcessors() > 1 ? 10_000 : 0;

  /** A wait that is to be exact. */
  private static final long SHORT_NANOS = 20 * Timekeeper.TICK_NANOS;

  private final Instances instances;
  private final Activation activation;
  private final Timekeeper timekeeper = new Timekeeper();

  Lender(Instances instances, Activation activation) {
    this.instances = instances;
    this.activation = activation;
  }

  /** @param limit how long to wait for the answer; the deadline of the scope holds besides */
  <R> R run(List<DriverRef> refs, Scope scope, Duration limit, Call.Work<R> work) throws IOException {
    Call<R> call = begin(refs, scope, false, false, work);
    await(call, Math.min(scope.nanosLeft(), limit.toNanos()));
    return call.answer();
  }

  /** Runs it again after a cut, and the third time uncut. */
  <R> R runYielding(DriverRef ref, Scope scope, Call.Work<R> work) throws IOException {
    for (int cuts = 0; ; cuts++) {
      Call<R> call = begin(List.of(ref), scope, true, cuts < 2, work);
      await(call, scope.nanosLeft());
      if (!call.failedAfterCut()) return call.answer();
    }
  }

  private <R> Call<R> begin(List<DriverRef> refs, Scope scope, boolean yields, boolean cuttable, Call.Work<R> work)
      throws IOException {
    Call<R> call;
    instances.lock.lock();
    try {
      List<Live> lives = borrow(refs, scope, yields);
      call = new Call<>(instances, lives, yields, cuttable, work);
      for (Live live : lives) live.calls.add(call);
    } finally {
      instances.lock.unlock();
    }
    boolean begun = false;
    try {
      call.lives.getFirst().workers.run(call);
      begun = true;
    } finally {
      if (!begun) instances.ended(call, false); // no thread could be made
    }
    return call;
  }

  /** Under the lock, which it lets go while it waits: all or none. */
  private List<Live> borrow(List<DriverRef> refs, Scope scope, boolean yields) throws IOException {
    long started = 0;
    String waited = "";
    while (true) {
      List<Live> lives = new ArrayList<>(refs.size());
      Instance missing = null;
      for (DriverRef ref : refs) {
        Instance i = instances.instance(ref);
        if (i.live == null || i.held || (yields && i.yieldsHeld)) missing = i;
        else lives.add(i.live);
      }
      if (missing == null) {
        if (started != 0) instances.stalls.waited(waited, System.nanoTime() - started);
        return lives;
      }
      if (instances.ending()) throw Refusals.ending(missing.ref);
      if (started == 0) started = System.nanoTime();
      waited = missing.ref.kind();
      await(missing, started, scope);
    }
  }

  private void await(Instance i, long started, Scope scope) throws IOException {
    long patience = instances.settings.replacement().toNanos();
    long now = System.nanoTime();
    boolean away = i.live == null && !i.held && !i.activating && !i.promoting;
    Candidate c = away ? i.choose().filter(x -> !x.gone).orElse(null) : null;
    boolean failed = c != null && !c.failure.isEmpty() && now - c.failedAt < RETRY_FAILED_NANOS;
    if (failed && (!c.maySettle(now) || now - started > patience)) throw Refusals.failed(c, i.ref);
    if (c != null) {
      if (!failed) activation.begin(i, c);
      away = false;
    }
    long left = (away ? i.awaySince : started) + patience - now;
    if (left <= 0 && away) throw Refusals.absent(i.ref, i.since, why(i));
    if (left <= 0) throw Refusals.replaced(i.ref, Duration.ofNanos(now - started));
    long toDeadline = scope.nanosLeft();
    if (toDeadline <= 0) throw Refusals.replaced(i.ref, Duration.ofNanos(now - started));
    try {
      i.changed.awaitNanos(Math.min(failed || away && i.remade() ? Math.min(left, LOOK_NANOS) : left, toDeadline));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while waiting for driver " + i.ref).initCause(e);
    }
  }

  /** Asks SCR, without the lock. */
  private String why(Instance i) {
    instances.lock.unlock();
    try {
      return activation.whyAbsent(i);
    } finally {
      instances.lock.lock();
    }
  }

  private void await(Call<?> call, long nanos) throws IOException {
    long started = System.nanoTime();
    while (!call.ended() && System.nanoTime() - started < SPIN_NANOS) Thread.onSpinWait();
    while (!call.ended()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted during a call of driver " + call.lives.getFirst().label() + "; the call runs on");
      }
      long gone = System.nanoTime() - started;
      if (gone >= nanos) throw Refusals.slow(call.lives.getFirst(), Duration.ofNanos(gone));
      if (nanos - gone <= SHORT_NANOS) LockSupport.parkNanos(call, nanos - gone);
      else timekeeper.park(call, started + Math.min(nanos, Long.MAX_VALUE / 2));
    }
  }
}
