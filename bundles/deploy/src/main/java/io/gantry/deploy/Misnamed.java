package io.gantry.deploy;

import io.gantry.service.driver.DriverRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
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

  /** What has such keys. */
  static Set<String> pids() {
    return KINDS.keySet();
  }

  /**
   * All such keys of a file, by name.
   *
   * @param defaults of keys that are not given, by PID and key; empty where there is none
   */
  static List<Misnamed> in(ConfigFile file, Set<DriverRef> configured, BinaryOperator<String> defaults) {
    List<Misnamed> all = new ArrayList<>();
    new TreeMap<>(KINDS.getOrDefault(file.pid(), Map.of())).forEach((key, kind) -> {
      boolean given = file.values().containsKey(key);
      String found = given ? file.values().get(key) : defaults.apply(file.pid(), key);
      if (!given && found.isEmpty() || configured.stream().anyMatch(r -> r.kind().equals(kind) && r.name().equals(found))) return;
      String what = given ? file.where(key) + " = '" + found + "'" : file.name() + ": " + key + " is not given, and its default '" + found
          + "'";
      all.add(new Misnamed(what + " is the name of no " + kind + " driver; " + there(kind, configured), key, kind));
    });
    return all;
  }

  private static String there(String kind, Set<DriverRef> configured) {
    String names = configured.stream().filter(r -> r.kind().equals(kind)).map(DriverRef::name).sorted().collect(Collectors.joining(", "));
    return names.isEmpty() ? "there is none: no file " + kind + ".<type>~<name>.cfg" : "known by their files are " + names;
  }
}
