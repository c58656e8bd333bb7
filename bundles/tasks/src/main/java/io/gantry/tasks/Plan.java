package io.gantry.tasks;

import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.spec.ProcessSpec;
import io.gantry.oci.spec.RuntimeSpec;
import io.gantry.oci.spec.User;
import io.gantry.service.record.Image;
import io.gantry.service.task.RunRequest;
import io.gantry.service.unpack.UnpackRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns an image and a request into what a runtime needs. Changes nothing but that the image's layers are unpacked. */
final class Plan {
  private final Parts parts;
  private final RunRequest request;
  private final String snapshotter;
  private ImageConfig config;
  private Image image;
  private Digest top;

  Plan(Parts parts, RunRequest request, String snapshotter) {
    this.parts = parts;
    this.request = request;
    this.snapshotter = snapshotter;
  }

  /** Finds the image, checks that there is a command, and has the layers unpacked for this snapshotter. */
  Plan image(Scope scope) throws IOException {
    image = parts.images().resolve(scope, request.image());
    var resolved = parts.tree().resolve(scope, image.target(), Optional.empty());
    config = ImageConfig.parse(resolved.config(), "config of " + image.name());
    if (args().isEmpty()) {
      throw new InvalidException("image '" + image.name() + "' has no command of its own; give one after the image");
    }
    var refs = resolved.layers().stream().map(d -> MediaTypes.ref(d.mediaType(), d.digest())).toList();
    top = parts.unpacker().unpack(scope, new UnpackRequest(snapshotter, resolved.layers(), resolved.diffIds(), refs), p -> { });
    return this;
  }

  String imageName() {
    return image.name();
  }

  String stopSignal() {
    return config.stopSignal();
  }

  Digest top() {
    return top;
  }

  private List<String> args() {
    var args = new ArrayList<>(config.entrypoint());
    args.addAll(request.args().isEmpty() ? config.cmd() : request.args());
    return args;
  }

  Typed spec(Scope scope, List<Mount> rootfs) throws IOException {
    var env = new ArrayList<>(config.env());
    env.addAll(request.env());
    String cwd = request.cwd().isEmpty() ? config.workdir() : request.cwd();
    if (!cwd.isEmpty() && (!cwd.startsWith("/") || cwd.startsWith("/proc/self/fd"))) {
      throw new InvalidException("working folder '" + cwd + "' is not an absolute path inside the container");
    }
    String who = request.user().isEmpty() ? config.user() : request.user();
    var process = new ProcessSpec(args(), env, cwd, user(parts, scope, who, request.id(), rootfs), request.terminal(),
        request.terminalSize());
    String hostname = request.hostNetwork() ? "" : request.id();
    var spec = new RuntimeSpec(process, hostname, request.mounts(), request.hostNetwork(), parts.cgroups()
        .path(scope.namespace(), request.id()));
    return new Typed(RuntimeSpec.TYPE, spec.bytes());
  }

  /** Names are looked up in the container's own tree, which is mounted for that moment. */
  static User user(Parts parts, Scope scope, String who, String id, List<Mount> rootfs) throws IOException {
    if (!UserLookup.needed(who)) return UserLookup.numeric(who);
    try (TreeViews.View view = parts.views().open(scope, id, rootfs)) {
      return new UserLookup(view.root()).find(who);
    }
  }
}
