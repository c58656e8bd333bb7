package io.gantry.tasks;

import io.gantry.api.NotFoundException;
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
