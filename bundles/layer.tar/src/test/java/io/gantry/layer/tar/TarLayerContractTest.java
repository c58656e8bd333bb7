package io.gantry.layer.tar;

import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.LayerContract;
import io.gantry.kit.rules.LayerWriterContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class TarLayerContractTest {
  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    return Rules.of(new LayerContract(), root -> TarLayer.ofDefaults());
  }

  @TestFactory
  Stream<DynamicTest> keepsTheRulesOfWriters() {
    return Rules.of(new LayerWriterContract(), root -> TarLayer.ofDefaults());
  }
}
