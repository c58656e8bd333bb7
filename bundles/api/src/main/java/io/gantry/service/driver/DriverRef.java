package io.gantry.service.driver;

import java.util.regex.Pattern;

/** A driver instance: {@code kind/name}, such as {@code snapshot/overlayfs}. */
public record DriverRef(String kind, String name) implements Comparable<DriverRef> {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*");

  public DriverRef {
    if (!NAME.matcher(kind).matches() || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + kind + "/" + name + "' is not a driver: expected kind/name, e.g. snapshot/overlayfs");
    }
  }

  public static DriverRef of(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) throw new IllegalArgumentException("'" + text + "' is not kind/name, e.g. snapshot/overlayfs");
    return new DriverRef(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(DriverRef o) {
    return toString().compareTo(o.toString());
  }

  @Override
  public String toString() {
    return kind + "/" + name;
  }
}
