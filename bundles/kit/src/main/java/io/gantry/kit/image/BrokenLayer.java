package io.gantry.kit.image;

import io.gantry.api.GantryException;
import java.util.List;

/**
 * An archive that must not be applied.
 *
 * @param name of the case
 * @param tar the bytes, uncompressed
 * @param errors the ways in which it may be refused
 */
public record BrokenLayer(String name, byte[] tar, List<Class<? extends GantryException>> errors) {
  public BrokenLayer {
    errors = List.copyOf(errors);
  }

  public boolean accepts(Throwable error) {
    return errors.stream().anyMatch(e -> e.isInstance(error));
  }

  @Override
  public String toString() {
    return name;
  }
}
