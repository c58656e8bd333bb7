package io.gantry.api;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a driver instance is given besides its own configuration; read from the component's properties, where the manager puts it.
 *
 * @param kind the kind, e.g. {@code snapshot}
 * @param name the instance's name, e.g. {@code overlayfs}; it is on disk and on the wire for ever
 * @param root the folder that this instance alone owns, and that outlives restarts; mode 0700
 * @param state a folder for sockets and other things that need not survive a reboot of the host; mode 0700
 */
public record DriverContext(String kind, String name, Path root, Path state) {
  /** Keys of component properties. */
  public static final String KIND = "gantry.kind";
  public static final String NAME = "gantry.name";
  public static final String ROOT = "gantry.instance.root";
  public static final String STATE = "gantry.instance.state";

  /** @throws IllegalArgumentException a key is missing; the message names it */
  public static DriverContext of(Map<String, ?> properties) {
    return new DriverContext(
        text(properties, KIND), text(properties, NAME), Path.of(text(properties, ROOT)), Path.of(text(properties, STATE)));
  }

  private static String text(Map<String, ?> properties, String key) {
    if (properties.get(key) instanceof String s && !s.isEmpty()) return s;
    throw new IllegalArgumentException("a driver's configuration has no " + key + "; it is set by the manager for files in config/");
  }
}
