package io.gantry.bench;

import java.util.Locale;

/** What a measure should reach, by its medians. */
sealed interface Goal {
  /** At most so many times containerd's. */
  record Ratio(double most) implements Goal {
    @Override
    public boolean reached(double gantry, double containerd) {
      return gantry <= most * containerd;
    }

    @Override
    public String toString() {
      return "≤ " + number(most) + " x";
    }
  }

  /** At most so much, whatever containerd needs. */
  record Value(double most, String unit) implements Goal {
    @Override
    public boolean reached(double gantry, double containerd) {
      return gantry <= most;
    }

    @Override
    public String toString() {
      return "≤ " + number(most) + " " + unit;
    }
  }

  boolean reached(double gantry, double containerd);

  private static String number(double d) {
    return d == Math.rint(d) ? Long.toString((long) d) : String.format(Locale.ROOT, "%.1f", d);
  }
}
