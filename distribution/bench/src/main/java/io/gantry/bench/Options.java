package io.gantry.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the user asked for.
 *
 * @param json file for the figures
 * @param rounds sessions per side
 * @param measures what is wanted
 */
record Options(Optional<Path> json, int rounds, Set<Measure> measures) {
  private static final int ROUNDS = 5;
  private static final int MOST_ROUNDS = 100;

  /** @throws IllegalArgumentException with a line for the user */
  static Options parse(List<String> words) {
    Optional<Path> json = Optional.empty();
    int rounds = ROUNDS;
    Set<Measure> measures = EnumSet.noneOf(Measure.class);
    var rest = new ArrayList<>(words);
    while (!rest.isEmpty()) {
      String word = rest.removeFirst();
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      if (!List.of("--json", "--rounds", "--only").contains(key)) {
        throw new IllegalArgumentException("unexpected '" + word + "'; " + usage());
      }
      if (equals < 0 && rest.isEmpty()) throw new IllegalArgumentException(key + " needs a value; " + usage());
      String value = equals < 0 ? rest.removeFirst() : word.substring(equals + 1);
      switch (key) {
        case "--json" -> json = Optional.of(Path.of(value));
        case "--rounds" -> rounds = number(value);
        default -> measures.addAll(measures(value));
      }
    }
    return new Options(json, rounds, measures.isEmpty() ? EnumSet.allOf(Measure.class) : measures);
  }

  boolean wants(Measure... any) {
    return Arrays.stream(any).anyMatch(measures::contains);
  }

  private static int number(String value) {
    try {
      int n = Integer.parseInt(value);
      if (n >= 1 && n <= MOST_ROUNDS) return n;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--rounds takes a number, found '" + value + "'", e);
    }
    throw new IllegalArgumentException("--rounds takes 1 to " + MOST_ROUNDS + ", found " + value);
  }

  private static List<Measure> measures(String value) {
    List<Measure> found = Arrays.stream(Measure.values()).filter(m -> List.of(value.split(",")).contains(m.id())).toList();
    if (found.size() == value.split(",").length) return found;
    throw new IllegalArgumentException("there is no measure '" + value + "'; " + usage());
  }

  static String usage() {
    return "usage: gantry bench [--json FILE] [--rounds N] [--only MEASURE[,MEASURE]], where MEASURE is one of "
        + Arrays.stream(Measure.values()).map(Measure::id).collect(Collectors.joining(", "));
  }
}
