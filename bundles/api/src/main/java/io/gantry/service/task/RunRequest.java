package io.gantry.service.task;

import io.gantry.api.Mount;
import io.gantry.api.TerminalSize;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container to make.
 *
 * @param id unique in the namespace
 * @param image what to run, in any form {@code Images.resolve} takes
 * @param args command; empty for the image's own
 * @param env {@code KEY=value}, over the image's
 * @param cwd working folder; empty for the image's
 * @param user {@code uid|name[:gid|group]}; empty for the image's
 * @param mounts into the container
 * @param hostNetwork whether it shares the host's network
 * @param terminal whether it has a terminal
 * @param stdin whether its standard input is kept open for an attached client
 * @param runtime name of the runtime driver; empty for the default
 * @param snapshotter name; empty for the default
 * @param labels of the container
 * @param remove whether all of it goes when it ends
 * @param terminalSize of its terminal, from the first moment on; empty where nobody knows it; not used without a terminal
 */
public record RunRequest(
    String id, String image, List<String> args, List<String> env, String cwd, String user, List<Mount> mounts, boolean hostNetwork,
    boolean terminal, boolean stdin, String runtime, String snapshotter, Map<String, String> labels, boolean remove,
    Optional<TerminalSize> terminalSize) {
  public RunRequest {
    args = List.copyOf(args);
    env = List.copyOf(env);
    mounts = List.copyOf(mounts);
    labels = Map.copyOf(labels);
  }

  /** One whose terminal, where it has one, is of a size that nobody knows. */
  public RunRequest(String id, String image, List<String> args, List<String> env, String cwd, String user, List<Mount> mounts,
      boolean hostNetwork, boolean terminal, boolean stdin, String runtime, String snapshotter, Map<String, String> labels,
      boolean remove) {
    this(id, image, args, env, cwd, user, mounts, hostNetwork, terminal, stdin, runtime, snapshotter, labels, remove, Optional.empty());
  }

  public static RunRequest of(String id, String image, List<String> args) {
    return new RunRequest(id, image, args, List.of(), "", "", List.of(), false, false, false, "", "", Map.of(), false);
  }
}
