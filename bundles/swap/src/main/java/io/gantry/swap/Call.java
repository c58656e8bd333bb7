package io.gantry.swap;

import io.gantry.service.driver.Loan;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** One call at work: run by a worker, awaited by its caller, which may go away earlier. */
final class Call<R> implements Runnable, Loan {
  /** What the worker does with the borrowed drivers. */
  interface Work<R> {
    R run(Call<R> call) throws IOException;
  }

  /** How it ended, or why its caller is no longer told. */
  private enum End {
    ANSWERED,
    FAILED,
    GIVEN_UP
  }

  final List<Live> lives;
  final boolean yields;
  final boolean cuttable;
  private final Work<R> work;
  private final Instances instances;
  private final Thread caller = Thread.currentThread();
  private final AtomicReference<End> end = new AtomicReference<>();
  private final AtomicReference<Runnable> wake = new AtomicReference<>();
  private volatile boolean cut;
  private R result; // written before end, read after it
  private IOException failure;
  private RuntimeException misuse;

  Call(Instances instances, List<Live> lives, boolean yields, boolean cuttable, Work<R> work) {
    this.instances = instances;
    this.lives = lives;
    this.yields = yields;
    this.cuttable = cuttable;
    this.work = work;
  }

  @Override
  public void run() {
    Thread t = Thread.currentThread();
    ClassLoader before = t.getContextClassLoader();
    t.setContextClassLoader(lives.getFirst().loader());
    End how = End.FAILED;
    try {
      result = work.run(this);
      how = End.ANSWERED;
    } catch (Throwable thrown) {
      keep(ForeignFailures.translate(thrown, lives.getFirst().label()));
    } finally {
      t.setContextClassLoader(before);
    }
    boolean told = end.compareAndSet(null, how);
    instances.ended(this, !told);
    LockSupport.unpark(caller);
  }

  private void keep(Exception e) {
    if (e instanceof IOException io) failure = io;
    else misuse = (RuntimeException) e;
  }

  /** The fence: whoever still waits is told so; the thread is left to itself. Answers whether it was running. */
  boolean giveUp() {
    boolean was = end.compareAndSet(null, End.GIVEN_UP);
    LockSupport.unpark(caller);
    return was;
  }

  boolean ended() {
    return end.get() != null;
  }

  void askBack() {
    cut = true;
    wake();
  }

  @Override
  public void onCut(Runnable run) {
    wake.set(run);
    if (cut) wake();
  }

  private void wake() {
    Runnable run = wake.getAndSet(null);
    if (run != null) Thread.ofVirtual().name("cut-" + lives.getFirst().label()).start(run);
  }

  @Override
  public boolean cut() {
    return cut;
  }

  boolean failedAfterCut() {
    return cut && end.get() == End.FAILED;
  }

  /** @throws io.gantry.api.UnavailableException it was given up at a fence */
  R answer() throws IOException {
    switch (end.get()) {
      case ANSWERED:
        return result;
      case GIVEN_UP:
        throw Refusals.givenUp(lives.getFirst());
      default:
        if (misuse != null) throw misuse;
        throw failure;
    }
  }
}
