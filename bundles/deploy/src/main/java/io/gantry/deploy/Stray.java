package io.gantry.deploy;

import io.gantry.service.driver.DriverRef;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A file of {@code config/} by whose name nobody is configured that is installed: a typing error, or a driver that comes later.
 *
 * @param text what is wrong with it, which name is near, and what becomes of it
 * @param waits whether a bundle may come that takes it
 */
record Stray(String text, boolean waits) {
  private static final String SOME = "<name>";
  /** How far a name is from one whose instance it does not even try to name. */
  private static final int UNNAMED = 2;

  /** @param owners files of drivers: advice names no other file for one of these */
  static Optional<Stray> of(String file, Schema now, Map<DriverRef, String> owners) {
    Matcher m = ConfigFile.parts(file);
    if (!m.matches()) {
      String expected = " is not the name of a configuration, <pid>" + ConfigFile.ENDING + " or <kind>.<type>~<name>" + ConfigFile.ENDING;
      return Optional.of(new Stray(file + expected + near(file, now, owners) + "; it is not read", false));
    }
    String pid = m.group(1);
    boolean instance = m.group(2) != null;
    if (now.takes(pid, instance)) return Optional.empty();
    if (now.describes(pid)) {
      String why = instance ? ": " + pid + " has no instances" : " names no instance of " + pid;
      return Optional.of(new Stray(file + why + near(file, now, owners) + "; it is not used", false));
    }
    String waits = "; it waits for a bundle that takes it";
    return Optional.of(new Stray(file + ": no installed bundle has a component '" + pid + "'" + near(file, now, owners) + waits, true));
  }

  private static String near(String file, Schema now, Map<DriverRef, String> owners) {
    String found = file.substring(0, file.length() - ConfigFile.ENDING.length());
    Map<String, Integer> far = new TreeMap<>();
    Stream.concat(now.singles().stream(), Stream.of(ConfigFile.LOGGING)).forEach(pid -> add(pid, 0, found, pid, far));
    for (String pid : now.factories()) {
      add(pid + "~" + SOME, UNNAMED, found, pid, far);
      for (int i = found.length() - 1; i > 0; i--) {
        String near = pid + "~" + found.substring(i + 1);
        boolean other = ConfigFile.driver(near + ConfigFile.ENDING).map(owners::get).filter(f -> !f.equals(near + ConfigFile.ENDING))
            .isPresent();
        boolean cut = found.charAt(i) == '~' || found.indexOf('~') < 0 && ".-".indexOf(found.charAt(i)) >= 0;
        if (cut && !other && ConfigFile.parts(near + ConfigFile.ENDING).matches()) {
          add(near, found.charAt(i) == '~' ? 0 : 1, found.substring(0, i), pid, far);
        }
      }
    }
    return far.entrySet().stream().min(Map.Entry.comparingByValue(Comparator.naturalOrder()))
        .map(nearest -> "; the nearest known name is " + nearest.getKey() + ConfigFile.ENDING)
        .orElseGet(() -> "; known are " + Stream.concat(Stream.concat(now.singles().stream(), Stream.of(ConfigFile.LOGGING)),
        now.factories()
            .stream().map(pid -> pid + "~" + SOME)).sorted().map(n -> n + ConfigFile.ENDING).collect(Collectors.joining(", ")));
  }

  /** A name whose PID is not more than half another one. */
  private static void add(String name, int besides, String found, String pid, Map<String, Integer> far) {
    int distance = distance(found, pid) + besides;
    if (distance <= Math.max(found.length(), pid.length()) / 2) far.merge(name, distance, Math::min);
  }

  /** How many characters are to be put in, left out or changed to make one of the other (Levenshtein), whatever their case. */
  private static int distance(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) row[j] = j;
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
