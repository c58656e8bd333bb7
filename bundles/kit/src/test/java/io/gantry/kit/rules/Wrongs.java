package io.gantry.kit.rules;

import io.gantry.kit.Contract;
import io.gantry.kit.Outcome;
import io.gantry.kit.RuleResult;
import io.gantry.kit.Runner;
import io.gantry.kit.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;

/** Wrong drivers, each of which must fail at least one test of the rule it breaks; a rule without one is an error too. */
final class Wrongs<D> {
  private final Contract<D> contract;
  private final Map<String, List<Subject<D>>> wrong = new LinkedHashMap<>();

  Wrongs(Contract<D> contract) {
    this.contract = contract;
  }

  Wrongs<D> add(String rule, Subject<D> subject) {
    wrong.computeIfAbsent(rule, r -> new ArrayList<>()).add(subject);
    return this;
  }

  Stream<DynamicTest> tests() {
    var numbers = new TreeSet<String>();
    Runner.of(contract, root -> null).tests().forEach(t -> numbers.add(t.rule()));
    Assertions.assertEquals(numbers, new TreeSet<>(wrong.keySet()), "rules with a wrong driver");
    List<DynamicTest> tests = new ArrayList<>();
    wrong.forEach((rule, subjects) -> {
      for (int i = 0; i < subjects.size(); i++) {
        Subject<D> s = subjects.get(i);
        tests.add(DynamicTest.dynamicTest(rule + " finds wrong driver " + (i + 1), () -> mustFail(rule, s)));
      }
    });
    return tests.stream();
  }

  private void mustFail(String rule, Subject<D> subject) {
    Runner<D> runner = Runner.of(contract, subject).withLimit(Duration.ofSeconds(60));
    List<RuleResult> results = runner.tests().stream().filter(t -> t.rule().equals(rule)).map(runner::run).toList();
    if (results.stream().noneMatch(r -> r.outcome() == Outcome.FAILED)) {
      Assertions.fail("a driver that breaks " + rule + " was not found out: " + results);
    }
  }
}
