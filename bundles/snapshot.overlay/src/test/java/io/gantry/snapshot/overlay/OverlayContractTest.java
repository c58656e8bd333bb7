package io.gantry.snapshot.overlay;

import io.gantry.kit.Contract;
import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.SnapshotContract;
import io.gantry.kit.rules.SnapshotSliceContract;
import io.gantry.linux.Self;
import io.gantry.spi.snapshot.Feature;
import io.gantry.spi.snapshot.Snapshotter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class OverlayContractTest {
  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    Assumptions.assumeTrue(Self.isRoot(), "overlayfs needs root");
    Subject<Snapshotter> overlay = root -> new Overlay(Probe.require(root), Probe.defaults());
    return Stream.of(new SnapshotContract(), new SnapshotSliceContract())
        .flatMap(c -> Rules.of((Contract<Snapshotter>) c, overlay.with(Feature.REBASE.name())));
  }
}
