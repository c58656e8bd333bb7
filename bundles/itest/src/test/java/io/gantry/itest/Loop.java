package io.gantry.itest;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Does one thing again and again beside the test, until it is stopped or fails; times each go. */
final class Loop implements AutoCloseable {
  /** One go. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  private static final Duration LONGEST = Duration.ofMinutes(2);
  private final String name;
  private final Times times = new Times();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile Throwable failure;
  private volatile int done;

  private Loop(String name, Duration pause, Step step) {
    this.name = name;
    this.thread = Thread.ofPlatform().name("loop-" + name).start(() -> run(pause, step));
  }

  static Loop start(String name, Duration pause, Step step) {
    return new Loop(name, pause, step);
  }

  private void run(Duration pause, Step step) {
    try {
      while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        long start = System.nanoTime();
        step.run();
        times.add(System.nanoTime() - start);
        done++; // by this thread alone
      }
    } catch (Exception | AssertionError e) {
      failure = e;
    }
  }

  String name() {
    return name;
  }

  int done() {
    return done;
  }

  Times times() {
    return times;
  }

  void check() {
    if (failure != null) throw new AssertionError(name + " failed after " + done + " goes: " + failure, failure);
  }

  /** Waits for so many more goes. */
  void more(int goes) throws InterruptedException {
    int goal = done + goes;
    long end = System.nanoTime() + LONGEST.toNanos();
    while (done < goal) {
      check();
      if (System.nanoTime() > end) throw new AssertionError(name + " came to " + done + " goes of " + goal + " in " + LONGEST);
      Thread.sleep(5);
    }
  }

  /** Stops after the present go, and fails where a go has failed. */
  void end() throws InterruptedException {
    close();
    check();
  }

  @Override
  public void close() throws InterruptedException {
    stop.countDown();
    if (!thread.join(LONGEST)) throw new AssertionError(name + " does not end: " + String.join("\n  ", java.util.Arrays.stream(thread
        .getStackTrace()).map(StackTraceElement::toString).toList()));
  }
}
