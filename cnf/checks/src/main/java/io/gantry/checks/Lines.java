package io.gantry.checks;

/** Positions as people read them. */
final class Lines {
  private Lines() {}

  /** The line, from 1, of a position. */
  static int of(String text, int position) {
    return 1 + (int) text.substring(0, position).chars().filter(c -> c == '\n').count();
  }
}
