package io.gantry.spi.content;

import io.gantry.api.Digest;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a running write stands.
 *
 * @param key who may write to it
 * @param held whether somebody holds it: begun and not released
 * @param offset bytes that are kept; may be smaller than what was acknowledged before a crash
 */
public record IngestStatus(
    IngestKey key, boolean held, long offset, OptionalLong total, Optional<Digest> expected, Instant started, Instant updated) {
  public String ref() {
    return key.ref();
  }
}
