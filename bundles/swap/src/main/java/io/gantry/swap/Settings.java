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
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*(ms|s|m)");

  static Settings defaults() {
    return new Settings(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofMinutes(2));
  }

  /**
   * @throws IllegalArgumentException a text is not {@code 500ms}, {@code 30s} or {@code 2m}, or no time at all; the message names the key
   */
  static Settings parse(String replacement, String drain, String call) {
    return new Settings(duration("replacement.timeout", replacement), duration("drain.timeout", drain), duration("call.timeout", call));
  }

  private static Duration duration(String key, String text) {
    Matcher m = FORM.matcher(text.strip());
    if (!m.matches() || Long.parseLong(m.group(1)) == 0) {
      throw new IllegalArgumentException(key + " = '" + text + "' in swap.cfg: expected a time above 0 such as 500ms, 30s or 2m");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      default -> Duration.ofMinutes(n);
    };
  }
}
