package io.gantry.service.content;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A write as asked for.
 *
 * @param ref its name, unique in the namespace
 * @param expected digest the bytes will have, where known
 * @param total their number, where known
 * @param labels of the blob once committed
 */
public record WriterSpec(String ref, Optional<Digest> expected, OptionalLong total, Map<String, String> labels) {
  public WriterSpec {
    labels = Map.copyOf(labels);
  }

  public static WriterSpec of(String ref) {
    return new WriterSpec(ref, Optional.empty(), OptionalLong.empty(), Map.of());
  }

  public static WriterSpec of(String ref, Descriptor d) {
    return new WriterSpec(ref, Optional.of(d.digest()), OptionalLong.of(d.size()), Map.of());
  }
}
