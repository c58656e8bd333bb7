package io.gantry.spi.content;

import io.gantry.api.Digest;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A write as it is asked for.
 *
 * @param ref its name, chosen by core: 1 to 512 bytes of UTF-8, any characters
 * @param expected the digest that the bytes will have, where known
 * @param total their number, where known
 * @param epoch the epoch of the caller's borrow: a begin takes the ref over from every smaller one; defined at {@link
 * io.gantry.api.DriverContext}
 */
public record IngestSpec(String ref, Optional<Digest> expected, OptionalLong total, long epoch) {
  public IngestSpec {
    if (ref.isEmpty()) throw new IllegalArgumentException("a write needs a ref that is not empty");
  }
}
