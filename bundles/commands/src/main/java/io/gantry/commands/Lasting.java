package io.gantry.commands;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as they are typed: {@code 90s}, {@code 24h}, {@code 1h30m}, {@code 7d}. */
public final class Lasting {
  private static final Pattern FORM = Pattern.compile("(?:[0-9]{1,9}[smhd])+");
  private static final Pattern PART = Pattern.compile("([0-9]+)([smhd])");

  private Lasting() {}

  /** @throws IllegalArgumentException it is none, or lasts no time */
  public static Duration parse(String text) {
    if (!FORM.matcher(text).matches()) throw wrong(text);
    Duration all = Duration.ZERO;
    for (Matcher m = PART.matcher(text); m.find(); ) all = all.plus(Long.parseLong(m.group(1)), unit(m.group(2)));
    if (all.isZero()) throw wrong(text);
    return all;
  }

  private static ChronoUnit unit(String letter) {
    return switch (letter) {
      case "s" -> ChronoUnit.SECONDS;
      case "m" -> ChronoUnit.MINUTES;
      case "h" -> ChronoUnit.HOURS;
      default -> ChronoUnit.DAYS;
    };
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException("'" + text + "' is no time that lasts, expected such as 90s, 30m, 24h or 7d");
  }
}
