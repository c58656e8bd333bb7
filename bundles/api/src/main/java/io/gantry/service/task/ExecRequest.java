package io.gantry.service.task;

import io.gantry.api.TerminalSize;
import java.util.List;
import java.util.Optional;

/**
 * A process to start in a running container.
 *
 * @param container its id
 * @param execId unique in the container; empty for a new one
 * @param args command, not empty
 * @param env {@code KEY=value}, over the container's
 * @param cwd working folder; empty for the container's
 * @param user {@code uid|name[:gid|group]}; empty for the container's
 * @param terminal whether it has a terminal
 * @param stdin whether its standard input is kept open for the caller
 * @param terminalSize of its terminal, from the first moment on; empty where nobody knows it; not used without a terminal
 */
public record ExecRequest(
    String container, String execId, List<String> args, List<String> env, String cwd, String user, boolean terminal, boolean stdin,
    Optional<TerminalSize> terminalSize) {
  public ExecRequest {
    if (args.isEmpty()) throw new IllegalArgumentException("exec needs a command");
    args = List.copyOf(args);
    env = List.copyOf(env);
  }

  /** One whose terminal, where it has one, is of a size that nobody knows. */
  public ExecRequest(String container, String execId, List<String> args, List<String> env, String cwd, String user, boolean terminal,
      boolean stdin) {
    this(container, execId, args, env, cwd, user, terminal, stdin, Optional.empty());
  }
}
