package io.gantry.snapshot.overlay;

import io.gantry.kit.Contract;
import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.SnapshotContract;
import io.gantry.kit.rules.SnapshotKillContract;
import io.gantry.kit.rules.SnapshotSliceContract;
import io.gantry.linux.Self;
import io.gantry.spi.snapshot.Feature;
import io.gantry.spi.snapshot.Snapshotter;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class OverlayContractTest {
  /** A class, and not a lambda, so that the kit can also make it in a JVM that is killed. */
  static final class Overlays implements Subject<Snapshotter> {
    @Override
    public Snapshotter open(Path root) throws Exception {
      return new Overlay(Probe.require(root, Probe.defaults()), Probe.defaults());
    }

    @Override
    public Set<String> features() {
      return Set.of(Feature.REBASE.name());
    }
  }

  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    Assumptions.assumeTrue(Self.isRoot(), "overlayfs needs root");
    return Stream.of(new SnapshotContract(), new SnapshotSliceContract(), new SnapshotKillContract())
        .flatMap(c -> Rules.of((Contract<Snapshotter>) c, new Overlays()));
  }
}
