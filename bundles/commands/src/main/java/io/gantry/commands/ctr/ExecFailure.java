package io.gantry.commands.ctr;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Knows a command that the kernel would not execute although it may be: the runtime finds out after the start, says {@code exec NAME: exec
 * format error} in the command's place as all its output, and ends with 1. A missing interpreter of a script is told so too.
 */
final class ExecFailure {
  private static final int NOT_EXECUTABLE = 126;
  private static final int MAX = 4096;
  private static final Pattern SAID = Pattern.compile("exec (.+): (exec format error|no such file or directory|permission denied)\\s*");
  private final String command;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  /** @param command as it was asked for, be it looked up or not; empty for the image's own */
  ExecFailure(String command) {
    this.command = command;
  }

  synchronized void wrote(byte[] bytes, int length) {
    said.write(bytes, 0, Math.min(length, MAX - said.size()));
  }

  /** 126 where the output was the runtime's and not the command's, else the code that it ended with. */
  synchronized int code(int ended) {
    Matcher m = SAID.matcher(said.toString(StandardCharsets.UTF_8));
    return ended == 1 && m.matches() && isCommand(m.group(1)) ? NOT_EXECUTABLE : ended;
  }

  private boolean isCommand(String name) {
    return command.isEmpty() || name.equals(command) || name.endsWith("/" + command);
  }
}
