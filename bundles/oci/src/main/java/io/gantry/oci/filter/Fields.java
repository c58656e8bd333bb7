package io.gantry.oci.filter;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an object shows to a filter. */
@FunctionalInterface
public interface Fields {
  /**
   * The value of a field; empty where the object has none of that name.
   *
   * @param path its parts, at least one: {@code labels."a.b/c"} is {@code [labels, a.b/c]}, and {@code labels.a.b} is {@code [labels, a,
   * b]}
   */
  Optional<String> at(List<String> path);

  /** The label that a path {@code labels.KEY} means: all its parts behind the first, joined by dots as they were written. */
  static Optional<String> label(Map<String, String> labels, List<String> path) {
    return Optional.ofNullable(labels.get(String.join(".", path.subList(1, path.size()))));
  }
}
