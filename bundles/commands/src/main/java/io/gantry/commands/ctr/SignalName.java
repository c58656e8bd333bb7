package io.gantry.commands.ctr;

import java.util.Locale;
import java.util.Map;

/** Numbers of Linux' signals by name. */
final class SignalName {
  private static final Map<String, Integer> NUMBERS = Map.ofEntries(Map.entry("HUP", 1), Map.entry("INT", 2), Map.entry("QUIT", 3),
      Map.entry("ILL", 4), Map.entry("TRAP", 5), Map.entry("ABRT", 6), Map.entry("BUS", 7), Map.entry("FPE", 8), Map.entry("KILL", 9),
      Map.entry("USR1", 10), Map.entry("SEGV", 11), Map.entry("USR2", 12), Map.entry("PIPE", 13), Map.entry("ALRM", 14),
      Map.entry("TERM", 15), Map.entry("CHLD", 17), Map.entry("CONT", 18), Map.entry("STOP", 19), Map.entry("TSTP", 20),
      Map.entry("TTIN", 21), Map.entry("TTOU", 22), Map.entry("URG", 23), Map.entry("WINCH", 28));
  private static final int MAX = 64;

  private SignalName() {}

  /** @throws IllegalArgumentException neither a name such as {@code SIGTERM} or {@code term}, nor a number from 1 to 64 */
  static int parse(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    Integer number = NUMBERS.get(name.startsWith("SIG") ? name.substring(3) : name);
    if (number != null) return number;
    if (text.matches("[0-9]{1,2}")) {
      int n = Integer.parseInt(text);
      if (n >= 1 && n <= MAX) return n;
    }
    throw new IllegalArgumentException("signal '" + text + "' is unknown, expected a name such as SIGTERM or a number from 1 to " + MAX);
  }
}
