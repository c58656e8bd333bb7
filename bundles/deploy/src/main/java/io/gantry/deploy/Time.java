package io.gantry.deploy;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A time as a value of a file: a whole number with ms, s or m. */
final class Time {
  static final String FORM = "a whole number with ms, s or m, such as 500ms, 30s or 2m";
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m)");

  private Time() {}

  /** Empty where the text is none. */
  static Optional<Duration> of(String text) {
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) return Optional.empty();
    long n = Long.parseLong(m.group(1));
    return Optional.of(switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      default -> Duration.ofMinutes(n);
    });
  }
}
