package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.InvalidException;
import io.gantry.kit.image.Breakout;
import io.gantry.kit.image.HostileLayers;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every breakout, over a plain tree, over a mounted overlay, and in overlay form side by side. */
class BreakoutTest {
  @TestFactory
  Stream<DynamicTest> overAPlainTree() {
    return HostileLayers.breakouts().stream().map(b -> DynamicTest.dynamicTest(b.name(), () -> {
      try (Root r = new Root()) {
        Path tree = r.folder("tree");
        Path outside = r.folder("outside");
        Breakout.lay(outside);
        Sinks.apply(tree, Below.NOTHING, b.below());
        apply(b, tree, Below.TREE, outside);
        b.verify(tree, outside);
      }
    }));
  }

  @TestFactory
  Stream<DynamicTest> overAMountedOverlay() {
    return HostileLayers.breakouts().stream().map(b -> DynamicTest.dynamicTest(b.name(), () -> {
      try (Root r = new Root(); Overlay o = new Overlay(r)) {
        Path outside = r.folder("outside");
        Breakout.lay(outside);
        Sinks.apply(o.lower, Below.NOTHING, b.below());
        o.mount();
        apply(b, o.merged, Below.TREE, outside);
        b.verify(o.merged, outside);
      }
    }));
  }

  /** As Unpacker does it: first side by side, and once more over the parents where that needs them. */
  @TestFactory
  Stream<DynamicTest> sideBySide() {
    return HostileLayers.breakouts().stream().map(b -> DynamicTest.dynamicTest(b.name(), () -> {
      try (Root r = new Root(); Overlay o = new Overlay(r)) {
        Path outside = r.folder("outside");
        Breakout.lay(outside);
        Sinks.apply(o.lower, Below.NOTHING, b.below());
        try {
          apply(b, o.upper, Below.UNKNOWN, outside);
          o.mount();
        } catch (NeedsParentsException e) {
          o.emptyUpper();
          o.mount();
          apply(b, o.merged, Below.TREE, outside);
        }
        b.verify(o.merged, outside);
      }
    }));
  }

  private static void apply(Breakout b, Path tree, Below below, Path outside) throws IOException {
    if (!b.refused()) {
      Sinks.apply(tree, below, b.tar(outside));
      return;
    }
    try {
      assertThrows(InvalidException.class, () -> Sinks.apply(tree, below, b.tar(outside)));
    } catch (AssertionError e) {
      if (below == Below.UNKNOWN && e.getCause() instanceof NeedsParentsException needs) throw needs;
      throw e;
    }
  }
}
