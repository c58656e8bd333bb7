package io.gantry.deploy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A header of a bundle's manifest in parts: {@code name;name;key=value;key:="value", …} (OSGi Core 8, §1.3.2).
 *
 * @param names of the clause
 * @param values attributes under their name, directives under their name and a colon
 */
record Clauses(List<String> names, Map<String, String> values) {
  static List<Clauses> parse(String header) {
    List<Clauses> all = new ArrayList<>();
    for (String clause : split(header == null ? "" : header, ',')) {
      List<String> names = new ArrayList<>();
      Map<String, String> values = new LinkedHashMap<>();
      for (String part : split(clause, ';')) {
        int equals = unquoted(part, '=');
        if (equals < 0) names.add(part);
        else values.put(part.substring(0, equals).strip(), bare(part.substring(equals + 1).strip()));
      }
      if (!names.isEmpty()) all.add(new Clauses(List.copyOf(names), Map.copyOf(values)));
    }
    return all;
  }

  boolean optional() {
    return "optional".equals(values.get("resolution:"));
  }

  private static List<String> split(String text, char at) {
    List<String> parts = new ArrayList<>();
    for (String rest = text; !rest.isBlank(); ) {
      int end = unquoted(rest, at);
      String part = (end < 0 ? rest : rest.substring(0, end)).strip();
      if (!part.isEmpty()) parts.add(part);
      rest = end < 0 ? "" : rest.substring(end + 1);
    }
    return parts;
  }

  /** The first such character outside quotes, or -1. */
  private static int unquoted(String text, char wanted) {
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quoted) i++;
      else if (c == '"') quoted = !quoted;
      else if (c == wanted && !quoted) return i;
    }
    return -1;
  }

  private static String bare(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"") ? value.substring(1, value.length() - 1) : value;
  }
}
