package io.gantry.resolver.layout;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.Reference;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Images in folders of this machine: {@code HOST/team/redis:7} is what has the name {@code 7} in the layout {@code team/redis} below the
 * root. Nothing is kept between calls, and no credential is ever asked for.
 */
final class LayoutResolver implements Resolver {
  private final Optional<Path> root;

  /** @param root below which layouts may lie; empty where none may */
  LayoutResolver(Optional<Path> root) {
    this.root = root;
  }

  private Layout layout(Reference reference) throws IOException {
    if (root.isEmpty()) {
      throw new InvalidException(reference + ": no folder of layouts is configured; say in resolver.layout~NAME.cfg below which they lie");
    }
    return Layout.open(root.get(), reference);
  }

  @Override
  public Resolved resolve(Reference reference, Access access) throws IOException {
    try (Layout layout = layout(reference)) {
      return new Resolved(reference, layout.target());
    }
  }

  @Override
  public Body open(Resolved resolved, Descriptor descriptor, long offset, Access access) throws IOException {
    try (Layout layout = layout(resolved.reference())) {
      return new Body(layout.blob(descriptor, offset), offset, layout.toString());
    }
  }
}
