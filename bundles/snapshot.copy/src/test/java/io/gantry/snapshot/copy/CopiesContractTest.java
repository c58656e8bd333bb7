package io.gantry.snapshot.copy;

import io.gantry.kit.Contract;
import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.SnapshotContract;
import io.gantry.kit.rules.SnapshotSliceContract;
import io.gantry.linux.Self;
import io.gantry.linux.Shelf;
import io.gantry.spi.snapshot.Snapshotter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class CopiesContractTest {
  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    Assumptions.assumeTrue(Self.isRoot(), "owners and devices need root");
    Subject<Snapshotter> copies = root -> new Copies(Shelf.open(root), "bootid");
    return Stream.of(new SnapshotContract(), new SnapshotSliceContract()).flatMap(c -> Rules.of((Contract<Snapshotter>) c, copies));
  }
}
