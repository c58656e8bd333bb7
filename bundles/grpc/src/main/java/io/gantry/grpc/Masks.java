package io.gantry.grpc;

import com.google.protobuf.FieldMask;
import io.gantry.api.InvalidException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which fields an update means. */
final class Masks {
  private static final String LABEL = "labels.";

  private Masks() {}

  /**
   * Of what has nothing but labels to change: the labels that are named, with an empty value for one that is to go; empty where all labels
   * are replaced, as without a mask.
   *
   * @throws InvalidException the mask names something else
   */
  static Optional<Map<String, String>> labels(FieldMask mask, Map<String, String> given) throws InvalidException {
    var changes = new TreeMap<String, String>();
    for (String path : mask.getPathsList()) {
      if (path.equals("labels")) return Optional.empty();
      if (!path.startsWith(LABEL)) {
        throw new InvalidException("cannot update '" + path + "': only labels and labels.<key> can be changed");
      }
      String key = path.substring(LABEL.length());
      changes.put(key, given.getOrDefault(key, ""));
    }
    return changes.isEmpty() ? Optional.empty() : Optional.of(changes);
  }
}
