package io.gantry.spi.metadata;

import java.util.Arrays;

/**
 * A record. Equal by key, revision and bytes.
 *
 * @param key its name
 * @param revision the sequence of the commit that wrote it
 * @param value its bytes; not copied, and never changed again by anyone ({@link MetadataStore}, Bytes)
 */
public record Rec(Key key, long revision, byte[] value) {
  @Override
  public boolean equals(Object o) {
    return o instanceof Rec r && key.equals(r.key) && revision == r.revision && Arrays.equals(value, r.value);
  }

  @Override
  public int hashCode() {
    return key.hashCode() * 31 + Long.hashCode(revision);
  }

  @Override
  public String toString() {
    return key + "@" + revision + " (" + value.length + " bytes)";
  }
}
