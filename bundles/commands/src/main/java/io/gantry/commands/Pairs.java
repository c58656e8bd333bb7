package io.gantry.commands;

import io.gantry.api.InvalidException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Labels and variables, as {@code KEY=VALUE} on a line. */
public final class Pairs {
  private Pairs() {}

  /**
   * In order of keys; of a key given twice the last one counts.
   *
   * @throws InvalidException one has no {@code =}, or no key before it
   */
  public static Map<String, String> of(Args args, List<String> words) throws InvalidException {
    var all = new TreeMap<String, String>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 1) throw args.wrong("'" + word + "' is no label, expected KEY=VALUE");
      all.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return all;
  }

  /** For the column of a table. */
  public static String text(Map<String, String> labels) {
    return labels.isEmpty() ? "-" : String.join(",", lines(labels));
  }

  /** One a line, in order of keys. */
  public static Collection<String> lines(Map<String, String> labels) {
    return new TreeMap<>(labels).entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }

  /** Prints them, one a line. */
  public static void print(Console console, Map<String, String> labels) {
    for (String line : lines(labels)) console.out().println(TextTable.harmless(line));
  }
}
