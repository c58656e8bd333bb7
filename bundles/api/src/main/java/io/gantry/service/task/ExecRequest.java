package io.gantry.service.task;

import java.util.List;

/**
 * A process to start in a running container.
 *
 * @param container its id
 * @param execId unique in the container; empty for a new one
 * @param args command, not empty
 */
public record ExecRequest(
    String container, String execId, List<String> args, List<String> env, String cwd, String user, boolean terminal, boolean stdin) {
  public ExecRequest {
    if (args.isEmpty()) throw new IllegalArgumentException("exec needs a command");
    args = List.copyOf(args);
    env = List.copyOf(env);
  }
}
