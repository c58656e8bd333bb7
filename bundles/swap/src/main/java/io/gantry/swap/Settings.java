package io.gantry.swap;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long things may take.
 *
 * @param replacement callers wait this long for a driver that is away
 * @param drain calls of a driver that goes may run on for this long
 * @param call a caller of a short call waits this long for its answer
 */
record Settings(Duration replacement, Duration drain, Duration call) {
  /** A day: far more, in nanoseconds, does not fit into a number. */
  static final String MOST = "1440m";
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*(ms|s|m)");

  static Settings defaults() {
    return new Settings(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofMinutes(2));
  }

  /**
   * @throws IllegalArgumentException a text is not {@code 500ms}, {@code 30s} or {@code 2m}, no time at all, or beyond a day; the message
   * names the key
   */
  static Settings parse(String replacement, String drain, String call) {
    return new Settings(duration("replacement.timeout", replacement), duration("drain.timeout", drain), duration("call.timeout", call));
  }

  private static Duration duration(String key, String text) {
    Matcher m = FORM.matcher(text.strip());
    long n = m.matches() ? Long.parseLong(m.group(1)) : 0;
    Duration time = n == 0 ? Duration.ZERO : switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      default -> Duration.ofMinutes(n);
    };
    if (n == 0 || time.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          key + " = '" + text + "' in swap.cfg: expected a time above 0 such as 500ms, 30s or 2m, at most " + MOST);
    }
    return time;
  }
}
