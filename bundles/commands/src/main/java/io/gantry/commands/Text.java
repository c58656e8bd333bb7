package io.gantry.commands;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Sizes and times as people read them. */
public final class Text {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Text() {}

  /** {@code 12.0 MiB}; whole numbers below 1024. */
  public static String size(long bytes) {
    double n = bytes;
    int unit = 0;
    while (n >= 1024 && unit < UNITS.length - 1) {
      n /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", n, UNITS[unit]);
  }

  /** {@code 3 minutes}: the largest unit that is at least one. */
  public static String age(Instant since, Instant now) {
    Duration d = Duration.between(since, now);
    long s = Math.max(0, d.toSeconds());
    if (s < 60) return count(s, "second");
    if (s < 3600) return count(s / 60, "minute");
    if (s < 86_400) return count(s / 3600, "hour");
    return count(s / 86_400, "day");
  }

  private static String count(long n, String unit) {
    return n + " " + unit + (n == 1 ? "" : "s");
  }
}
