package io.gantry.service.record;

import io.gantry.api.Descriptor;
import java.time.Instant;
import java.util.Map;

/**
 * A name for an image.
 *
 * @param name free text, usually a reference
 * @param target manifest or index
 * @param revision for compare-and-set; 0 for a new one
 */
public record Image(String name, Descriptor target, Map<String, String> labels, Instant created, Instant updated, long revision) {
  public Image {
    if (name.isEmpty()) throw new IllegalArgumentException("an image needs a name");
    labels = Map.copyOf(labels);
  }
}
