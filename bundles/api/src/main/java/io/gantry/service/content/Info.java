package io.gantry.service.content;

import io.gantry.api.Digest;
import java.time.Instant;
import java.util.Map;

/** A finished blob, as one namespace sees it. */
public record Info(Digest digest, long size, Instant created, Instant updated, Map<String, String> labels) {
  public Info {
    labels = Map.copyOf(labels);
  }
}
