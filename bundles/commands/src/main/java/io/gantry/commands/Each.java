package io.gantry.commands;

import io.gantry.api.GantryException;
import java.io.IOException;
import java.util.List;

/** One thing after the other, as rm(1) does it: what fails is told, and the others are done all the same. */
public final class Each {
  private Each() {}

  /** What is done to one. */
  @FunctionalInterface
  public interface Step {
    void apply(String name) throws IOException;
  }

  /** The exit code: 1 where one failed. @throws IOException an interruption, or something that concerns all */
  public static int of(List<String> names, Console console, Step step) throws IOException {
    int code = 0;
    for (String name : names) {
      try {
        step.apply(name);
      } catch (GantryException e) {
        console.err().println(e.getMessage());
        code = 1;
      }
    }
    return code;
  }
}
