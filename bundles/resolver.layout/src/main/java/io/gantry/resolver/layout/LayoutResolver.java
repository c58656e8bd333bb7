package io.gantry.resolver.layout;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.UnsupportedException;
import io.gantry.linux.ErrnoException;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Images in folders of this machine: {@code HOST/team/redis:7} is what has the name {@code 7} in the layout {@code team/redis} below the
 * root. Nothing is kept between calls, and no credential is ever asked for.
 */
final class LayoutResolver implements Resolver, Pusher {
  private final Optional<Path> root;
  private final boolean writable;

  /**
   * @param root below which layouts may lie; empty where none may
   * @param writable whether they may be changed
   */
  LayoutResolver(Optional<Path> root, boolean writable) {
    this.root = root;
    this.writable = writable;
  }

  private Layout layout(Reference reference) throws IOException {
    return Layout.open(root.orElseThrow(() -> none(reference)), reference);
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

  @Override
  public boolean exists(Resolved target, Descriptor descriptor, Access access) throws IOException {
    require(target);
    try (Layout layout = layout(target.reference())) {
      return layout.has(descriptor) && (!isTarget(target, descriptor) || layout.target().digest().equals(descriptor.digest()));
    } catch (NotFoundException e) {
      return false; // no layout yet, or no such name
    }
  }

  private static boolean isTarget(Resolved target, Descriptor d) {
    return d.digest().equals(target.target().digest());
  }

  /** Nothing is known of other layouts: bytes are copied. */
  @Override
  public boolean mount(Resolved target, Descriptor descriptor, String from, Access access) throws IOException {
    require(target);
    return false;
  }

  @Override
  public void put(Resolved target, Descriptor descriptor, InputStream body, Access access) throws IOException {
    try (var writer = LayoutWriter.open(require(target), target)) {
      writer.blob(descriptor, body);
      if (!isTarget(target, descriptor)) return;
      ErrnoException.told("pushing " + target.reference() + ": naming it in index.json", () -> {
        writer.lock();
        writer.name(index(target.reference()));
        return true;
      });
    }
  }

  /** Empty where there is no layout yet. */
  private byte[] index(Reference reference) throws IOException {
    try (Layout layout = layout(reference)) {
      return layout.index();
    } catch (NotFoundException e) {
      return new byte[0];
    }
  }

  private Path require(Resolved target) throws IOException {
    if (!writable) {
      throw new UnsupportedException("pushing " + target.reference() + ": layouts are only read here; say writable = true in"
          + " resolver.layout~NAME.cfg to let them be written");
    }
    return root.orElseThrow(() -> none(target.reference()));
  }

  private static InvalidException none(Reference reference) {
    return new InvalidException(reference + ": no folder of layouts is configured; say in resolver.layout~NAME.cfg below which they lie");
  }
}
