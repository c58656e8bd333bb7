package io.gantry.kit;

/** What a test of a rule binds. */
public enum RuleKind {
  /** Every driver. */
  REQUIRED,
  /** Drivers that declare a feature, or those that do not. */
  FEATURE,
  /** Every driver, but what it finds depends on chance and time. */
  STOCHASTIC
}
