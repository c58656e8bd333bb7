package io.gantry.tasks;

import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** What is to be taken back when a later step fails, the last first. */
final class Undo {
  /** One step back. */
  @FunctionalInterface
  interface Step {
    void back() throws IOException;
  }

  private final Deque<Step> steps = new ArrayDeque<>();

  void push(Step step) {
    steps.push(step);
  }

  /** Something that is to be taken back. */
  @FunctionalInterface
  interface Forth<R> {
    R to() throws IOException;
  }

  /**
   * Does something that {@code back} takes back. What nobody tells the outcome of may have been done, or will be yet, and is taken back
   * with all before it; what is there after a refusal is another's.
   */
  <R> R step(Forth<R> forth, Step back) throws IOException {
    steps.push(back);
    try {
      return forth.to();
    } catch (GantryException e) {
      if (!(e instanceof UnavailableException)) steps.pop();
      throw e;
    }
  }

  /** Takes all back; what fails at that is added to the reason. */
  void all(Throwable why) {
    for (Step s : steps) {
      try {
        s.back();
      } catch (NotFoundException gone) {
        continue; // that is what was wanted
      } catch (IOException | RuntimeException e) {
        why.addSuppressed(e);
      }
    }
    steps.clear();
  }
}
