package io.gantry.kit;

import java.time.Duration;
import java.util.Optional;

/**
 * What a test of a rule found.
 *
 * @param rule its number
 * @param title what was tried, in words
 * @param kind whom it binds
 * @param outcome how it ended
 * @param detail why it failed or was skipped; empty where it passed
 * @param cause what was thrown, where it failed
 * @param seed to try exactly this again: {@code -Dgantry.seed=…}
 * @param time it took
 */
public record RuleResult(
    String rule, String title, RuleKind kind, Outcome outcome, String detail, Optional<Throwable> cause, long seed, Duration time) {
  @Override
  public String toString() {
    return String.format("%-7s %-5s %s%s", outcome, rule, title, detail.isEmpty() ? "" : ": " + detail + " (seed " + seed + ")");
  }
}
