package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.Contract;
import io.gantry.kit.Outcome;
import io.gantry.kit.Runner;
import io.gantry.kit.Subject;
import io.gantry.kit.image.Programs;
import io.gantry.kit.rules.RuntimeContract;
import io.gantry.kit.rules.RuntimeExtrasContract;
import io.gantry.spi.runtime.Runtime;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The rules of runtimes over the wire, all but two that it has no call for: against the task services of this bundle, with the API's
 * server, the real engine, a shim and runc behind.
 */
class WireTaskRulesTest {
  /** Of what the wire has no call for: kills for want of memory and bundles are told by events alone. */
  private static final Set<String> UNASKED = Set.of("T-22", "T-23");

  /** A class, so that the kit can also make it in a JVM that is killed. */
  static final class Tasks implements Subject<Runtime> {
    @Override
    public Runtime open(Path root) throws Exception {
      return new WiredRuntime(Wired.open(root));
    }
  }

  @TestFactory
  Stream<DynamicTest> containers() {
    return rules(new RuntimeContract());
  }

  @TestFactory
  Stream<DynamicTest> whatRuntimesMayBeBesides() {
    return rules(new RuntimeExtrasContract());
  }

  private static Stream<DynamicTest> rules(Contract<Runtime> contract) {
    assumeTrue(System.getProperty("user.name").equals("root"), "containers need root");
    for (String program : List.of("busybox", "runc", "containerd-shim-runc-v2")) {
      assumeTrue(Programs.find(program).isPresent(), "no " + program + " in the PATH or beneath GANTRY_TOOLS");
    }
    Runner<Runtime> runner = Runner.of(contract, new Tasks());
    return runner.applicable().stream().map(t -> DynamicTest.dynamicTest(t.rule() + " " + t.title(), () -> {
      var result = runner.run(t);
      if (UNASKED.contains(t.rule())) {
        assertEquals(Outcome.SKIPPED, result.outcome(), "the wire has a call for it by now");
        return;
      }
      if (result.outcome() != Outcome.PASSED) {
        throw new AssertionError(result.outcome() + ": " + result.detail(), result.cause().orElse(null)); // skipped counts, too
      }
    }));
  }
}
