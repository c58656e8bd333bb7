package io.gantry.api;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Rules of labels: key and value together take at most 4096 bytes of UTF-8, and an empty value in an update removes the key. */
public final class Labels {
  /** Longest key plus value, in bytes. */
  public static final int MAX_BYTES = 4096;

  /** Prefixes of labels that steer the manager; never taken over from an image's own labels. */
  public static final String CONTROL_PREFIX = "containerd.io/";

  private Labels() {}

  /**
   * Checks and copies, sorted by key.
   *
   * @throws InvalidException a key is empty or key and value together are too long
   */
  public static Map<String, String> checked(Map<String, String> labels) throws InvalidException {
    for (var e : labels.entrySet()) {
      int bytes = e.getKey().getBytes(StandardCharsets.UTF_8).length + e.getValue().getBytes(StandardCharsets.UTF_8).length;
      if (e.getKey().isEmpty()) throw new InvalidException("a label has an empty key");
      if (bytes > MAX_BYTES) {
        throw new InvalidException("label '" + e.getKey().substring(0, Math.min(40, e.getKey().length())) + "' takes " + bytes
            + " bytes with its value, at most " + MAX_BYTES + " are allowed");
      }
    }
    return java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
  }

  /** The labels after an update: each given key replaces, an empty value removes. */
  public static Map<String, String> merged(Map<String, String> old, Map<String, String> changes) throws InvalidException {
    var all = new TreeMap<>(old);
    changes.forEach((k, v) -> {
      if (v.isEmpty()) all.remove(k);
      else all.put(k, v);
    });
    return checked(all);
  }
}
