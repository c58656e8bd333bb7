package io.gantry.kit;

/** How a test of a rule ended. */
public enum Outcome {
  PASSED,
  FAILED,
  /** It could not be tried here; the result says why. */
  SKIPPED
}
