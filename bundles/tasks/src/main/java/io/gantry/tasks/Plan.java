package io.gantry.tasks;

import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.spec.Accounts;
import io.gantry.oci.spec.RunSpec;
import io.gantry.oci.spec.User;
import io.gantry.service.record.Image;
import io.gantry.service.task.RunRequest;
import io.gantry.service.unpack.UnpackRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns an image and a request into what a runtime needs. Changes nothing but that the image's layers are unpacked. */
final class Plan {
  private final Parts parts;
  private final RunRequest request;
  private final String snapshotter;
  private RunSpec spec;
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
    spec = RunSpec.of(request, ImageConfig.parse(resolved.config(), "config of " + image.name()), image.name());
    var refs = resolved.layers().stream().map(d -> MediaTypes.ref(d.mediaType(), d.digest())).toList();
    top = parts.unpacker().unpack(scope, new UnpackRequest(snapshotter, resolved.layers(), resolved.diffIds(), refs), p -> { });
    return this;
  }

  String imageName() {
    return image.name();
  }

  Map<String, String> labels() {
    return spec.labels();
  }

  Digest top() {
    return top;
  }

  Typed spec(Scope scope, List<Mount> rootfs) throws IOException {
    return spec.document(user(parts, scope, spec.user(), request.id(), rootfs), parts.cgroups().path(scope.namespace(), request.id()));
  }

  /** Names are looked up in the container's own tree, which is mounted for that moment. */
  static User user(Parts parts, Scope scope, String who, String id, List<Mount> rootfs) throws IOException {
    if (!Accounts.needed(who)) return Accounts.numeric(who);
    try (TreeViews.View view = parts.views().open(scope, id, rootfs)) {
      return new UserLookup(view.root()).find(who);
    }
  }
}
