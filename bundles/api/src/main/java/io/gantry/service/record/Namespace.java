package io.gantry.service.record;

import java.util.Map;

/** A namespace that is there. */
public record Namespace(String name, Map<String, String> labels, long revision) {
  public Namespace {
    labels = Map.copyOf(labels);
  }
}
