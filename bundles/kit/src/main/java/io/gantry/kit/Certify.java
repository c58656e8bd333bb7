package io.gantry.kit;

import java.util.List;

/** Runs a contract where there is no test framework, as inside a running manager, and says what came of it in lines of text. */
public final class Certify {
  private Certify() {}

  /**
   * Runs all rules, writes a line for each as it ends and one for the whole.
   *
   * @return whether none failed
   */
  public static <D> boolean run(Runner<D> runner, Appendable out) throws java.io.IOException {
    int[] counts = new int[Outcome.values().length];
    for (Runner.Test test : runner.tests()) {
      RuleResult r = runner.run(test);
      counts[r.outcome().ordinal()]++;
      out.append(r.toString()).append('\n');
    }
    out.append(runner.name()).append(": ").append(summary(counts)).append('\n');
    return counts[Outcome.FAILED.ordinal()] == 0;
  }

  /** The results as one text. */
  public static String text(List<RuleResult> results) {
    int[] counts = new int[Outcome.values().length];
    var text = new StringBuilder();
    for (RuleResult r : results) {
      counts[r.outcome().ordinal()]++;
      text.append(r).append('\n');
    }
    return text.append(summary(counts)).append('\n').toString();
  }

  private static String summary(int[] counts) {
    return counts[Outcome.PASSED.ordinal()] + " passed, " + counts[Outcome.FAILED.ordinal()] + " failed, "
        + counts[Outcome.SKIPPED.ordinal()] + " skipped";
  }
}
