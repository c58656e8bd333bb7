package io.gantry.stage;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Takes everything away, once, the latest first, whether the work ended, failed or was interrupted. */
public final class Cleanup {
  /** What may fail; the others are done nevertheless. */
  @FunctionalInterface
  public interface Step {
    void run() throws Exception;
  }

  private record Named(String what, Step step) {}

  private final String program;
  private final Deque<Named> steps = new ArrayDeque<>();
  private boolean done;

  public Cleanup(String program) {
    this.program = program;
  }

  /**
   * Notes a step for the end.
   *
   * @throws IOException the end was there already; the step was done at once
   */
  public synchronized void add(String what, Step step) throws IOException {
    if (done) {
      attempt(new Named(what, step));
      throw new IOException("the work was interrupted");
    }
    steps.push(new Named(what, step));
  }

  public synchronized void run() {
    if (done) return;
    done = true;
    Thread.interrupted(); // steps wait for processes
    for (Named n : steps) attempt(n);
  }

  private void attempt(Named n) {
    try {
      n.step().run();
    } catch (Exception e) {
      System.err.println(program + ": " + n.what() + " failed: " + e.getMessage());
    }
  }
}
