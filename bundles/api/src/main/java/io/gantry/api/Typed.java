package io.gantry.api;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Bytes that we keep and do not understand, with the name of their type; given back byte for byte.
 *
 * @param typeUrl e.g. {@code types.containerd.io/opencontainers/runtime-spec/1/Spec}
 * @param value the bytes; never changed after construction
 */
public record Typed(String typeUrl, byte[] value) {
  public Typed {
    value = value.clone();
  }

  @Override
  public byte[] value() {
    return value.clone();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Typed t && typeUrl.equals(t.typeUrl) && Arrays.equals(value, t.value);
  }

  @Override
  public int hashCode() {
    return 31 * typeUrl.hashCode() + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return typeUrl + "(" + value.length + " bytes " + HexFormat.of().formatHex(value, 0, Math.min(8, value.length)) + "…)";
  }
}
