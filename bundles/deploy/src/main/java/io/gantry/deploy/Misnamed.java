package io.gantry.deploy;

import io.gantry.service.driver.DriverRef;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A key that names a driver which no file configures. Another driver in its place would be other data, or other rights: it is told.
 *
 * @param text what was found, and what there is
 * @param key of the file
 * @param kind of driver that the key names
 */
record Misnamed(String text, String key, String kind) {
  /** By PID and key. */
  private static final Map<String, Map<String, String>> KINDS = Map.of("content", Map.of("store", "content"),
      "records", Map.of("store", "metadata"), "tasks", Map.of("runtime", "runtime", "snapshotter", "snapshot"),
      "transfer", Map.of("resolver", "resolver", "snapshotter", "snapshot"));

  /** The first such key of a file, by name. */
  static Optional<Misnamed> in(ConfigFile file, Set<DriverRef> configured) {
    for (Map.Entry<String, String> e : new TreeMap<>(KINDS.getOrDefault(file.pid(), Map.of())).entrySet()) {
      String key = e.getKey();
      String found = file.values().get(key);
      if (found == null || configured.stream().anyMatch(r -> r.kind().equals(e.getValue()) && r.name().equals(found))) continue;
      return Optional.of(new Misnamed(file.where(key) + " = '" + found + "' is the name of no " + e.getValue() + " driver; "
          + there(e.getValue(), configured), key, e.getValue()));
    }
    return Optional.empty();
  }

  private static String there(String kind, Set<DriverRef> configured) {
    String names = configured.stream().filter(r -> r.kind().equals(kind)).map(DriverRef::name).sorted().collect(Collectors.joining(", "));
    return names.isEmpty() ? "there is none: no file " + kind + ".<type>~<name>.cfg" : "known by their files are " + names;
  }
}
