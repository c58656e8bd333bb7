package io.gantry.service.transfer;

import java.util.List;
import java.util.Map;

/**
 * Records that an image gets.
 *
 * @param names each is made, or moved to the image; empty for one of the reference's own name
 * @param labels of each record, beside those that it has
 */
public record Naming(List<String> names, Map<String, String> labels) {
  public Naming {
    names = List.copyOf(names);
    labels = Map.copyOf(labels);
  }

  /** One record, of the reference's name, without labels. */
  public static Naming own() {
    return new Naming(List.of(), Map.of());
  }
}
