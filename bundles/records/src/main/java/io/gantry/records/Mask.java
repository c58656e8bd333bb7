package io.gantry.records;

import io.gantry.api.InvalidException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Field masks, as containerd's clients send them. */
final class Mask {
  private Mask() {}

  /** The key that a path names in a map {@code field}; empty for another path, and for the whole map. */
  static String key(String path, String field) {
    return path.startsWith(field + ".") ? path.substring(field.length() + 1) : "";
  }

  /** The map with one key as in another: what is not there goes. */
  static <V> Map<String, V> with(Map<String, V> old, String key, Map<String, V> given) {
    var all = new TreeMap<>(old);
    if (given.containsKey(key)) all.put(key, given.get(key));
    else all.remove(key);
    return all;
  }

  /** The labels after an update by a mask of labels alone; an empty one replaces all. */
  static Map<String, String> labels(Map<String, String> old, Map<String, String> given, List<String> mask, String of)
      throws InvalidException {
    if (mask.isEmpty()) return given;
    Map<String, String> labels = old;
    for (String path : mask) {
      String key = key(path, "labels");
      if (!key.isEmpty()) labels = with(labels, key, given);
      else if (path.equals("labels")) labels = given;
      else throw wrong(path, of);
    }
    return labels;
  }

  static InvalidException wrong(String path, String of) {
    return new InvalidException("cannot update \"" + path + "\" field " + of);
  }
}
