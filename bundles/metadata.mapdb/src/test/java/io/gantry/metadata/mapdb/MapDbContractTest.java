package io.gantry.metadata.mapdb;

import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.MetadataContract;
import io.gantry.spi.metadata.MetadataStore;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class MapDbContractTest {
  /** A class, and not a lambda, so that the kit can also make it in a JVM that is killed; small steps, so that all kinds of files come. */
  static final class Store implements Subject<MetadataStore> {
    @Override
    public MetadataStore open(Path root) throws Exception {
      return new JournaledStore(root, new Options(64 << 10, 100, 10));
    }
  }

  /** As it is configured where nobody configures it. */
  static final class DefaultStore implements Subject<MetadataStore> {
    @Override
    public MetadataStore open(Path root) throws Exception {
      return new JournaledStore(root, Options.defaults());
    }
  }

  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    return Rules.of(new MetadataContract(), new Store());
  }

  @TestFactory
  Stream<DynamicTest> keepsTheRulesAsItComes() {
    return Rules.of(new MetadataContract(), new DefaultStore());
  }
}
