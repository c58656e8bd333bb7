package io.gantry.service.record;

import java.time.Instant;
import java.util.Map;

/** Holds things against the garbage collection. The label {@code containerd.io/gc.expire} ends it. */
public record Lease(String id, Map<String, String> labels, Instant created, long revision) {
  public Lease {
    labels = Map.copyOf(labels);
  }
}
