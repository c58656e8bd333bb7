package io.gantry.oci.spec;

import io.gantry.api.InvalidException;
import io.gantry.api.Typed;
import io.gantry.oci.ImageConfig;
import io.gantry.service.task.RunRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an image and a request for a container come to, whoever makes it. */
public final class RunSpec {
  /** Label of a container: the signal that its image wants to be stopped by. */
  private static final String STOP_SIGNAL = "io.containerd.image.config.stop-signal";
  private final RunRequest request;
  private final ImageConfig config;
  private final List<String> args;

  private RunSpec(RunRequest request, ImageConfig config, List<String> args) {
    this.request = request;
    this.config = config;
    this.args = args;
  }

  /** @param image its name, for messages. @throws InvalidException there is no command, or the working folder is not a path */
  public static RunSpec of(RunRequest request, ImageConfig config, String image) throws InvalidException {
    var args = new ArrayList<>(config.entrypoint());
    args.addAll(request.args().isEmpty() ? config.cmd() : request.args());
    if (args.isEmpty()) throw new InvalidException("image '" + image + "' has no command of its own; give one after the image");
    return new RunSpec(request, config, List.copyOf(args));
  }

  /** As it was asked for, or as the image has it; who that is tells {@link Accounts}. */
  public String user() {
    return request.user().isEmpty() ? config.user() : request.user();
  }

  /** Those of the request, and the image's. */
  public Map<String, String> labels() {
    Map<String, String> labels = new HashMap<>(request.labels());
    if (!config.stopSignal().isEmpty()) labels.put(STOP_SIGNAL, config.stopSignal());
    return labels;
  }

  /** The runtime document. @param cgroup path of its cgroup. @throws InvalidException the working folder is not an absolute path */
  public Typed document(User user, String cgroup) throws InvalidException {
    var env = new ArrayList<>(config.env());
    env.addAll(request.env());
    String cwd = request.cwd().isEmpty() ? config.workdir() : request.cwd();
    if (!cwd.isEmpty() && (!cwd.startsWith("/") || cwd.startsWith("/proc/self/fd"))) {
      throw new InvalidException("working folder '" + cwd + "' is not an absolute path inside the container");
    }
    var process = new ProcessSpec(args, env, cwd, user, request.terminal(), request.terminalSize());
    String hostname = request.hostNetwork() ? "" : request.id();
    return new Typed(RuntimeSpec.TYPE, new RuntimeSpec(process, hostname, request.mounts(), request.hostNetwork(), cgroup).bytes());
  }
}
