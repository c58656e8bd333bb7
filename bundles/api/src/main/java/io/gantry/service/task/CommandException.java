package io.gantry.service.task;

import java.io.IOException;

/** The command of a container could not be started. */
public final class CommandException extends IOException {
  private static final long serialVersionUID = 1;
  private final int code;

  /** @param code 127 where the command is not there, 126 where it cannot be executed */
  public CommandException(int code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The exit code that shells give: 126 or 127. */
  public int code() {
    return code;
  }
}
