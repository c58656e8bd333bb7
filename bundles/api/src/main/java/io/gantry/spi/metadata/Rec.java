package io.gantry.spi.metadata;

import java.util.Arrays;

/**
 * A record.
 *
 * @param key its name
 * @param revision the sequence of the commit that wrote it
 * @param value its bytes
 */
public record Rec(Key key, long revision, byte[] value) {
  public Rec {
    value = value.clone();
  }

  @Override
  public byte[] value() {
    return value.clone();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Rec r && key.equals(r.key) && revision == r.revision && Arrays.equals(value, r.value);
  }

  @Override
  public int hashCode() {
    return key.hashCode() * 31 + Long.hashCode(revision);
  }
}
