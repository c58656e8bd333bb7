package io.gantry.resolver.docker;

import io.gantry.api.InvalidException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The headers that a {@code hosts.toml} adds: names and values that cannot end a header early, and none that the protocol itself sets. */
final class Headers {
  private static final Set<String> OWN =
      Set.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding", "range", "accept", "accept-encoding");

  private Headers() {}

  static Map<String, List<String>> read(Path file, Toml.Value table) throws InvalidException {
    if (table == null) return Map.of();
    if (!(table.value() instanceof Map<?, ?> map)) throw Toml.error(file.toString(), table.line(), "'header' is a table");
    Map<String, List<String>> all = new LinkedHashMap<>();
    for (var e : map.entrySet()) {
      String name = (String) e.getKey();
      Toml.Value v = (Toml.Value) e.getValue();
      if (!name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+") || OWN.contains(name.toLowerCase(Locale.ROOT))) {
        throw Toml.error(file.toString(), v.line(), "header '" + name + "' cannot be set here");
      }
      all.put(name, values(file, name, v));
    }
    return all;
  }

  private static List<String> values(Path file, String name, Toml.Value v) throws InvalidException {
    List<String> values = new ArrayList<>();
    for (Object o : v.value() instanceof List<?> list ? list : List.of(v.value())) {
      if (!(o instanceof String s) || s.chars().anyMatch(c -> c < ' ' && c != '\t' || c > 255)) {
        throw Toml.error(file.toString(), v.line(), "header '" + name + "' is a \"string\" of one line, or an array of such");
      }
      values.add(s);
    }
    return List.copyOf(values);
  }
}
