package io.gantry.content.local;

import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.ContentContract;
import io.gantry.kit.rules.IngestContract;
import io.gantry.spi.content.ContentStore;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LocalContractTest {
  /** A class, and not a lambda, so that the kit can also make it in a JVM that is killed. */
  static final class Local implements Subject<ContentStore> {
    @Override
    public ContentStore open(Path root) throws Exception {
      return new LocalStore(root, Host.here(), 1 << 20);
    }
  }

  @TestFactory
  Stream<DynamicTest> keepsBlobs() {
    return Rules.of(new ContentContract(), new Local());
  }

  @TestFactory
  Stream<DynamicTest> takesWrites() {
    return Rules.of(new IngestContract(), new Local());
  }
}
