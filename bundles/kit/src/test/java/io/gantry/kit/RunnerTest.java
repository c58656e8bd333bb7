package io.gantry.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunnerTest {
  @TempDir Path temp;

  /** Rules with every ending. */
  static final class Endings implements Contract<List<String>> {
    @Override
    public String name() {
      return "Endings";
    }

    @Rule("X-10")
    void isTriedAfterNine(Trial<List<String>> t) throws Exception {
      t.equal(List.of(), t.driver(), "a new driver");
    }

    @Rule("X-2")
    void failsWithWhatWasFound(Trial<List<String>> t) {
      t.equal(1, 2, "one");
    }

    @Rule("X-3")
    void isNotPossibleHere(Trial<List<String>> t) {
      t.need(false, "no moon");
    }

    @Rule(value = "X-4", feature = "FLY")
    void fliers(Trial<List<String>> t) {}

    @Rule(value = "X-4", without = "FLY")
    void walkers(Trial<List<String>> t) {}

    @Rule(value = "X-5", stochastic = true)
    void neverEnds(Trial<List<String>> t) throws Exception {
      Thread.sleep(Duration.ofDays(1));
    }

    @Rule("X-6")
    void throwsSomething(Trial<List<String>> t) {
      throw new IllegalStateException("oops");
    }
  }

  @Test
  void everyEndingIsAResult() throws Exception {
    var runner = Runner.of(new Endings(), root -> new ArrayList<>()).withSeed(7).in(temp);
    var impatient = runner.withLimit(Duration.ofSeconds(1));
    assertEquals("""
        FAILED  X-2   fails with what was found: one: expected 1, found 2 (seed 7)
        SKIPPED X-3   is not possible here: no moon (seed 7)
        SKIPPED X-4   fliers: the driver does not declare FLY (seed 7)
        PASSED  X-4   walkers
        FAILED  X-5   never ends: X-5 did not end within 1 s (seed 7)
        FAILED  X-6   throws something: java.lang.IllegalStateException: oops (seed 7)
        PASSED  X-10  is tried after nine
        2 passed, 3 failed, 2 skipped
        """, Certify.text(runner.tests().stream().map(t -> (t.rule().equals("X-5") ? impatient : runner).run(t)).toList()));
    try (var left = Files.list(temp)) {
      assertEquals(1, left.count(), "folders left: that of the rule that never ended");
    }
  }

  @Test
  void certifyWritesALineEachAndSaysWhetherAllHold() throws Exception {
    var out = new StringBuilder();
    assertTrue(Certify.run(Runner.of(new Fine(), root -> "driver"), out));
    assertEquals("PASSED  Y-1   holds\nFine: 1 passed, 0 failed, 0 skipped\n", out.toString());
  }

  /** One rule that holds. */
  static final class Fine implements Contract<String> {
    @Override
    public String name() {
      return "Fine";
    }

    @Rule("Y-1")
    void holds(Trial<String> t) throws Exception {
      t.equal("driver", t.driver(), "the driver");
    }
  }
}
