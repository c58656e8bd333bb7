package io.gantry.checks;

/**
 * One thing that the gate refuses.
 *
 * @param place file and line, class or bundle
 * @param text what is wrong there and what to do instead
 */
record Finding(String place, String text) implements Comparable<Finding> {
  @Override
  public int compareTo(Finding other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return place + ": " + text;
  }
}
