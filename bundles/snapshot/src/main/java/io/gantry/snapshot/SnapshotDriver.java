package io.gantry.snapshot;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.spi.snapshot.Feature;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Calls of a snapshot driver by name: one short borrow per slice, again and again until it is done, whichever version answers. */
final class SnapshotDriver {
  /** Labels that reach drivers. */
  private static final String DRIVER_LABELS = "containerd.io/snapshot";

  private final Drivers drivers;

  SnapshotDriver(Drivers drivers) {
    this.drivers = drivers;
  }

  static DriverRef ref(String snapshotter) {
    return new DriverRef(Snapshotter.KIND, snapshotter);
  }

  void create(Scope scope, SnapshotInfo s, List<SnapId> parents) throws IOException {
    boolean done = false;
    while (!done) {
      done = drivers.<Snapshotter, Boolean>lend(Snapshotter.class, ref(s.snapshotter()), scope, b -> b.driver()
          .create(snap(s, parents, b.epoch())));
    }
  }

  List<Mount> mounts(Scope scope, SnapshotInfo s, List<SnapId> parents) throws IOException {
    return drivers.<Snapshotter, List<Mount>>lend(Snapshotter.class, ref(s.snapshotter()), scope, b -> b.driver()
        .mounts(snap(s, parents, b.epoch())));
  }

  Usage seal(Scope scope, SnapshotInfo s, List<SnapId> parents) throws IOException {
    Optional<Usage> done = Optional.empty();
    while (done.isEmpty()) {
      done = drivers.<Snapshotter, Optional<Usage>>lend(Snapshotter.class, ref(s.snapshotter()), scope, b -> b.driver()
          .seal(snap(s, parents, b.epoch())));
    }
    return done.get();
  }

  Usage usage(Scope scope, SnapshotInfo s) throws IOException {
    return drivers.call(Snapshotter.class, ref(s.snapshotter()), scope, d -> d.usage(s.id()));
  }

  void remove(Scope scope, String snapshotter, SnapId id) throws IOException {
    boolean done = false;
    while (!done) done = drivers.<Snapshotter, Boolean>call(Snapshotter.class, ref(snapshotter), scope, d -> d.remove(id));
  }

  List<SnapId> list(Scope scope, String snapshotter, Optional<SnapId> after, int max) throws IOException {
    return drivers.<Snapshotter, List<SnapId>>call(Snapshotter.class, ref(snapshotter), scope, d -> d.list(after, max));
  }

  void answers(Scope scope, String snapshotter) throws IOException {
    drivers.<Snapshotter, List<SnapId>>call(Snapshotter.class, ref(snapshotter), scope, d -> d.list(Optional.empty(), 1));
  }

  boolean canRebase(Scope scope, String snapshotter) {
    return drivers.property(scope, ref(snapshotter), Feature.PROPERTY).contains(Feature.REBASE.name());
  }

  List<String> names() {
    return drivers.of(Scope.root(), Snapshotter.KIND).stream().map(DriverRef::name).toList();
  }

  private static Snap snap(SnapshotInfo s, List<SnapId> parents, long epoch) {
    Map<String, String> labels = new TreeMap<>();
    s.labels().forEach((k, v) -> {
      if (k.startsWith(DRIVER_LABELS)) labels.put(k, v);
    });
    return new Snap(s.id(), parents, s.kind(), labels, epoch);
  }
}
