package io.gantry.itest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Durations, and how they are distributed. */
final class Times {
  static final String HEAD = String.format("%-26s %7s %9s %9s %9s %9s", "milliseconds", "count", "p50", "p90", "p99", "longest");
  private final List<Long> nanos = new ArrayList<>();

  synchronized void add(long n) {
    nanos.add(n);
  }

  synchronized String row(String name) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return row(name, sorted.size(), at(sorted, 0.5), at(sorted, 0.9), at(sorted, 0.99), at(sorted, 1));
  }

  static String row(String name, long count, long p50, long p90, long p99, long longest) {
    return String.format(Locale.ROOT, "%-26s %7d %9.1f %9.1f %9.1f %9.1f", name, count, p50 / 1e6, p90 / 1e6, p99 / 1e6, longest / 1e6);
  }

  private static long at(List<Long> sorted, double part) {
    return sorted.isEmpty() ? 0 : sorted.get((int) Math.max(0, Math.ceil(sorted.size() * part) - 1));
  }
}
