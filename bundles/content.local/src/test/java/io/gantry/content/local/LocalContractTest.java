package io.gantry.content.local;

import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.ContentContract;
import io.gantry.kit.rules.IngestContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LocalContractTest {
  @TestFactory
  Stream<DynamicTest> keepsBlobs() {
    return Rules.of(new ContentContract(), root -> new LocalStore(root, Host.here(), 1 << 20));
  }

  @TestFactory
  Stream<DynamicTest> takesWrites() {
    return Rules.of(new IngestContract(), root -> new LocalStore(root, Host.here(), 1 << 20));
  }
}
