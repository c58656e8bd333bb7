package io.gantry.kit.junit;

import io.gantry.kit.Contract;
import io.gantry.kit.Outcome;
import io.gantry.kit.RuleResult;
import io.gantry.kit.Runner;
import io.gantry.kit.Subject;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/**
 * Rules as tests of JUnit Jupiter: those that the driver's features call for, so that a skipped test always means that something is missing
 * on this machine.
 *
 * <pre>{@code
 * class MyStoreContractTest {
 *   @TestFactory
 *   Stream<DynamicTest> keepsTheRules() {
 *     return Rules.of(new ContentContract(), root -> new MyStore(root));
 *   }
 * }
 * }</pre>
 */
public final class Rules {
  private Rules() {}

  public static <D> Stream<DynamicTest> of(Contract<D> contract, Subject<D> subject) {
    return of(Runner.of(contract, subject));
  }

  public static <D> Stream<DynamicTest> of(Runner<D> runner) {
    return runner.applicable().stream().map(t -> DynamicTest.dynamicTest(t.rule() + " " + t.title(), () -> report(runner.run(t))));
  }

  private static void report(RuleResult r) {
    if (r.outcome() == Outcome.SKIPPED) throw new TestAbortedException(r.rule() + " was not tried: " + r.detail());
    if (r.outcome() == Outcome.FAILED) {
      throw new AssertionError(r.rule() + " (" + r.title() + "): " + r.detail() + "\nagain with -D" + Runner.SEED + "=" + r.seed(),
          r.cause().orElse(null));
    }
  }
}
