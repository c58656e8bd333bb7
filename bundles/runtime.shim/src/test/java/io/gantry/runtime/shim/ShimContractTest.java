package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.NotFoundException;
import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.RuntimeContract;
import io.gantry.kit.rules.RuntimeExtrasContract;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ShimContractTest {
  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    try {
      Settings settings = Settings.find(new Programs(System.getenv()), "", "", Duration.ofSeconds(30), Duration.ofSeconds(10));
      return Stream.of(new RuntimeContract(), new RuntimeExtrasContract()).flatMap(c -> Rules.of(c, root -> new Shim(root, settings)));
    } catch (NotFoundException e) {
      assumeTrue(false, "skipped: " + e.getMessage());
      return Stream.of();
    }
  }
}
