package io.gantry.spi.snapshot;

import java.util.regex.Pattern;

/** The name of a snapshot, given by core, unique for ever: a legal file name of at most 64 characters. */
public record SnapId(String value) implements Comparable<SnapId> {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

  public SnapId {
    if (!FORM.matcher(value).matches()) throw new IllegalArgumentException("'" + value + "' is not a snapshot id");
  }

  @Override
  public int compareTo(SnapId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
