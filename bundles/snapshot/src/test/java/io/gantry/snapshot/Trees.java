package io.gantry.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.Told;
import io.gantry.linux.Self;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.records.LeaseRecords;
import io.gantry.records.TableService;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Core snapshots over both real drivers and the real records. */
final class Trees implements Closeable {
  static final Scope SCOPE = Scope.root();
  static final Scope OTHER = SCOPE.withNamespace("other");
  static final String OVERLAY = "overlayfs";
  static final String COPY = "native";
  static final List<String> BOTH = List.of(OVERLAY, COPY);

  /** What happens after each call of a snapshot driver. */
  interface Then {
    void then() throws IOException;
  }

  private final Path root;
  final HookedRecords drivers;
  final Components parts;
  final Told told;
  final TableService table;
  final LeaseRecords leases;
  final SnapshotKeys keys;
  int calls;
  private Then then = () -> { };

  Trees(Path root) throws IOException {
    assumeTrue(Self.isRoot(), "skipped: snapshots need root");
    this.root = root;
    drivers = new HookedRecords() {
      @Override
      public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
        if (type != Snapshotter.class) return super.lend(type, ref, scope, call);
        if (Instant.now().isAfter(scope.deadline())) throw new UnavailableException("the deadline " + scope.deadline() + " has come");
        R answer = super.lend(type, ref, scope, call);
        calls++;
        then.then();
        return answer;
      }
    };
    parts = new Components(root, drivers);
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    for (String s : BOTH) openDriver(s);
    told = parts.add(new Told());
    table = parts.start(TableService.class, Map.of());
    leases = parts.start(LeaseRecords.class, Map.of());
    keys = parts.start(SnapshotKeys.class, Map.of());
  }

  /** Another instance of the driver over the same folder. */
  void openDriver(String snapshotter) throws IOException {
    if (snapshotter.equals(OVERLAY)) {
      parts.driver(OverlayComponent.class, Snapshotter.KIND, OVERLAY, Map.of("gantry.features", "REBASE"));
    } else {
      parts.driver(CopyComponent.class, Snapshotter.KIND, COPY, Map.of());
    }
  }

  void afterEachCall(Then what) {
    then = what;
  }

  /** A committed snapshot whose tree has this file of its own. */
  SnapshotInfo layer(String snapshotter, String name, Optional<String> parent, String file) throws Exception {
    keys.prepare(SCOPE, snapshotter, "making " + name, parent, Map.of());
    in(snapshotter, "making " + name, tree -> Files.writeString(tree.resolve(file), "of " + name));
    return keys.commit(SCOPE, snapshotter, name, "making " + name, Optional.empty(), Map.of());
  }

  interface Look<R> {
    R look(Path tree) throws IOException;
  }

  /** Does something in the mounted tree. */
  <R> R in(String snapshotter, String key, Look<R> look) throws Exception {
    Path place = Files.createDirectories(root.resolve("mounted"));
    List<Mount> mounts = keys.mounts(SCOPE, snapshotter, key);
    assertEquals(1, mounts.size());
    Mount m = mounts.getFirst();
    String options = String.join(",", m.options());
    if (m.type().equals("bind")) {
      run("mount", "--bind", m.source(), place.toString());
      if (m.options().contains("ro")) run("mount", "-o", "remount,bind,ro", place.toString());
    } else {
      run("mount", "-t", m.type(), "-o", options, m.source(), place.toString());
    }
    try {
      return look.look(place);
    } finally {
      run("umount", place.toString());
    }
  }

  private static void run(String... command) throws Exception {
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), String.join(" ", command));
  }

  static List<String> files(Path tree) throws IOException {
    try (Stream<Path> all = Files.list(tree)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  /** Ids of the trees that a driver has. */
  List<String> trees(String snapshotter) throws IOException {
    return parts.drivers().<Snapshotter, List<String>>call(Snapshotter.class, new DriverRef(Snapshotter.KIND, snapshotter), SCOPE,
        d -> new ArrayList<>(d.list(Optional.empty(), 100).stream().map(id -> id.value()).toList()));
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
