package io.gantry.unpack;

import static io.gantry.unpack.World.COPY;
import static io.gantry.unpack.World.OVERLAY;
import static io.gantry.unpack.World.SCOPE;
import static io.gantry.unpack.World.layer;
import static io.gantry.unpack.World.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Table.Change;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.unpack.Unpacker.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What an unpacking that failed, or an earlier manager, could not take away goes by itself. */
class LeftoversTest extends OneWorld {
  private static final DriverRef RECORDS = new DriverRef("metadata", "mapdb");
  private static final Scope OTHER = SCOPE.withNamespace("k8s.io");
  private static final long LIMIT_NANOS = 30_000_000_000L;

  private static void becomes(Object expected, Callable<?> actual) throws Exception {
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!expected.equals(actual.call()) && System.nanoTime() < end) Thread.sleep(20);
    assertEquals(expected, actual.call());
  }

  /** Mounts of this process that were made to unpack. */
  private List<String> mounted() throws IOException {
    String folder = " " + world.folder("state").resolve("mounts") + "/unpack-";
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream().filter(l -> l.contains(folder)).toList();
  }

  private List<String> folders() throws IOException {
    Path mounts = world.folder("state").resolve("mounts");
    try (var all = Files.list(mounts)) {
      return all.map(p -> p.getFileName().toString()).toList();
    }
  }

  /** A whiteout of something below is done over the mounted parents. */
  private static List<Layer> overItsParents() {
    return List.of(new LayerBuilder().directory("d", 0755).file("d/x", "x").gzip(), new LayerBuilder().whiteout("d/x").gzip());
  }

  @Test
  void whatStaysWhileTheRecordsAreAwayGoesWhenTheyAreBack() throws Exception {
    world.drivers.inPlace = true;
    List<Layer> image = overItsParents();
    world.bring(image);
    var records = new ArrayList<Object>();
    var begun = new AtomicInteger();
    Consumer<Progress> progress = p -> {
      boolean upper = p.layer().equals(image.getLast().digest()) && p.state().equals("unpacking");
      if (upper && p.offset() == 0) begun.incrementAndGet();
      if (upper && p.offset() > 0 && begun.get() == 2 && records.isEmpty()) records.add(world.drivers.take(RECORDS));
    };
    var failure = assertInstanceOf(UnavailableException.class, world.unpack(request(OVERLAY, image), progress).failure());
    assertTrue(failure.getMessage().endsWith("is away"), failure.getMessage());
    assertEquals(1, mounted().size(), "nobody can look up what is to be unmounted");
    world.drivers.put(RECORDS, records.getFirst(), Map.of());
    becomes(world.keys(image.subList(0, 1)), () -> world.keys(OVERLAY));
    becomes(List.of(), world::halfMade);
    assertEquals(List.of(), mounted());
    assertEquals(List.of(), folders());
    world.unpack(request(OVERLAY, image), p -> { }).answer();
    assertEquals(world.keys(image), world.keys(OVERLAY));
  }

  @Test
  void whicheverStepTheRecordsGoAt() throws Exception {
    for (String at : List.of("unpacking", "sealing")) {
      List<Layer> image = List.of(layer(at));
      world.bring(image);
      var records = new ArrayList<Object>();
      Consumer<Progress> progress = p -> {
        if (p.state().equals(at) && p.offset() > 0 && records.isEmpty()) records.add(world.drivers.take(RECORDS));
      };
      assertInstanceOf(UnavailableException.class, world.unpack(request(OVERLAY, image), progress).failure());
      world.drivers.put(RECORDS, records.getFirst(), Map.of());
      becomes(List.of(), () -> world.keys(OVERLAY));
    }
  }

  private SnapshotInfo left(Scope scope, String snapshotter, String key, Map<String, String> labels) throws IOException {
    return world.snapshots.prepare(scope, snapshotter, key, Optional.empty(), labels);
  }

  private List<String> keys(Scope scope, String snapshotter) throws IOException {
    return world.snapshots.list(scope, snapshotter, "", 100).stream().map(SnapshotInfo::key).toList();
  }

  private List<String> mounts(Scope scope) throws IOException {
    return world.mounts.list(scope).stream().map(Mounts.Active::name).toList();
  }

  private Path mount(Scope scope, String name) throws IOException {
    var tmpfs = new Mount("tmpfs", "tmpfs", "", List.of());
    return world.mounts.activate(scope, name, List.of(tmpfs), world.mounts.temporary(scope, name), "a test").target();
  }

  /** In all namespaces, though nobody unpacks there, and though the records are away when it starts. */
  @Test
  void whatAnEarlierManagerLeftGoesAfterTheStart() throws Exception {
    Map<String, String> earlier = Map.of("io.gantry/boot", "6");
    for (Scope s : List.of(SCOPE, OTHER)) {
      for (String snapshotter : List.of(OVERLAY, COPY)) left(s, snapshotter, "extract-6-1 x", earlier);
      mount(s, "unpack-6-" + s.namespace());
    }
    left(OTHER, COPY, "extract-7-1 x", Map.of("io.gantry/boot", "7"));
    left(OTHER, COPY, "extract-me", Map.of());
    left(OTHER, COPY, "extracts", Map.of());
    mount(OTHER, "unpack-7-9");
    mount(OTHER, "mine");
    Path busy = mount(OTHER, "unpack-6-3");
    mount(OTHER, "unpack-6-4");
    var damaged = new Change("mount", "unpack-6-4", -1, Optional.of("{".getBytes(StandardCharsets.UTF_8)));
    world.table.change(OTHER, List.of(damaged));
    Object records = world.drivers.take(RECORDS);
    world.startUnpacker();
    try (var used = Files.newOutputStream(busy.resolve("used"))) {
      world.drivers.put(RECORDS, records, Map.of());
      becomes(List.of(), () -> keys(SCOPE, COPY));
      becomes(List.of(), () -> mounts(SCOPE));
      becomes(List.of(), () -> keys(OTHER, OVERLAY));
      becomes(List.of("extract-7-1 x", "extract-me", "extracts"), () -> keys(OTHER, COPY));
      becomes(List.of("mine", "unpack-6-3", "unpack-7-9"), () -> mounts(OTHER));
      becomes(List.of(), () -> world.mounts.damaged(OTHER));
      assertTrue(mounted().stream().noneMatch(l -> l.contains("unpack-6-4")), mounted().toString());
      used.write(1);
    }
    becomes(List.of("mine", "unpack-7-9"), () -> mounts(OTHER));
    for (String m : mounts(OTHER)) world.mounts.deactivate(OTHER, m);
    for (String k : keys(OTHER, COPY)) world.snapshots.remove(OTHER, COPY, k);
  }
}
