package io.gantry.commands.ctr;

import io.gantry.commands.Console;
import io.gantry.service.task.CommandException;
import java.io.IOException;

/** Exit codes of {@code run} and {@code exec}: the process' own, 126 and 127 where it could not be started, 125 where we failed. */
final class ExitCodes {
  static final int OURS = 125;

  /** What may fail. */
  @FunctionalInterface
  interface Work {
    int run() throws IOException;
  }

  private ExitCodes() {}

  static int of(Console console, Work work) throws IOException {
    try {
      return work.run();
    } catch (CommandException e) {
      console.err().println(e.getMessage());
      return e.code();
    }
  }
}
