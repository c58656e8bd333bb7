package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.Told;
import io.gantry.layer.tar.TarLayerComponent;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.mounts.MountTable;
import io.gantry.oci.cleanup.Leftovers;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.mount.Mounts;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker;
import io.gantry.service.unpack.Unpacker.Progress;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.spi.snapshot.Feature;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What an unpacking meets: the real content store, records, snapshots, mounts and drivers. */
final class World implements Closeable {
  static final Scope SCOPE = Scope.root();
  /** Layers are unpacked side by side. */
  static final String OVERLAY = "overlayfs";
  /** Layers are unpacked one after the other. */
  static final String COPY = "native";

  private final Root root = new Root();
  private final Map<String, String> context = Map.of("gantry.state", root.path.resolve("state").toString(), "gantry.boot", "7");
  final Swap drivers = new Swap();
  final Components parts = new Components(root.path, drivers);
  final Contents contents;
  final Snapshots snapshots;
  final Mounts mounts;
  final UnpackService unpacker;
  final TableService table;
  final Leftovers left = new Leftovers("test", "stays", line -> { }, line -> { });

  World() throws IOException {
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    parts.driver(LocalComponent.class, "content", "local", Map.of());
    parts.driver(TarLayerComponent.class, "layer", "tar", Map.of("igzip", "none"));
    parts.driver(OverlayComponent.class, Snapshotter.KIND, OVERLAY, Map.of(Feature.PROPERTY, Feature.REBASE.name()));
    parts.driver(CopyComponent.class, Snapshotter.KIND, COPY, Map.of());
    parts.add(new Told());
    table = parts.start(TableService.class, Map.of());
    parts.start(NamespaceRecords.class, Map.of());
    parts.start(LeaseRecords.class, Map.of());
    contents = parts.start(ContentService.class, Map.of());
    snapshots = parts.start(SnapshotKeys.class, Map.of());
    mounts = parts.start(MountTable.class, context);
    unpacker = startUnpacker();
  }

  /** A folder of the test's own. */
  Path folder(String name) {
    return root.path.resolve(name);
  }

  /** The file in which the store keeps a blob. */
  Path stored(Digest blob) throws IOException {
    try (Stream<Path> all = Files.walk(root.path)) {
      return all.filter(p -> p.getFileName().toString().equals(blob.hex())).findFirst().orElseThrow();
    }
  }

  /** Another activation of the component in the same start of the manager. */
  UnpackService startUnpacker() throws IOException {
    return parts.start(UnpackService.class, context);
  }

  static Layer layer(String file) {
    return new LayerBuilder().file(file, "of " + file).gzip();
  }

  static UnpackRequest request(String snapshotter, List<Layer> layers) {
    return new UnpackRequest(snapshotter, layers.stream().map(World::descriptor).toList(), layers.stream().map(Layer::diffId).toList(),
        layers.stream().map(World::ref).toList());
  }

  private static Descriptor descriptor(Layer l) {
    return Descriptor.of("application/vnd.oci.image.layer.v1.tar+" + l.suffix(), l.digest(), l.blob().length);
  }

  private static String ref(Layer l) {
    return "layer-" + l.digest();
  }

  void bring(List<Layer> layers) throws IOException {
    for (Layer l : layers) contents.put(SCOPE, WriterSpec.of(ref(l), descriptor(l)), l.blob());
  }

  /** The first bytes of a layer's download, which goes on by {@link #finish}. */
  Writer begin(Layer l) throws IOException {
    Writer w = contents.writer(SCOPE, WriterSpec.of(ref(l), descriptor(l)));
    w.write(ByteBuffer.wrap(l.blob(), 0, 20));
    return w;
  }

  void finish(Layer l, Writer w) throws IOException {
    w.write(ByteBuffer.wrap(l.blob(), 20, l.blob().length - 20));
    w.commit(l.digest(), l.blob().length);
  }

  /** An unpacking on its way. */
  record Run(Thread thread, FutureTask<Digest> task) {
    /** @throws java.util.concurrent.TimeoutException it hangs */
    Digest answer() throws Exception {
      return task.get(20, TimeUnit.SECONDS);
    }

    /** How it failed. */
    Throwable failure() throws Exception {
      try {
        throw new AssertionError("unpacked to " + answer());
      } catch (java.util.concurrent.ExecutionException e) {
        return e.getCause();
      }
    }
  }

  Run unpack(UnpackRequest request, Consumer<Progress> progress) {
    return unpack(unpacker, request, progress);
  }

  static Run unpack(Unpacker by, UnpackRequest request, Consumer<Progress> progress) {
    return unpack(by, SCOPE, request, progress);
  }

  static Run unpack(Unpacker by, Scope scope, UnpackRequest request, Consumer<Progress> progress) {
    var task = new FutureTask<>(() -> by.unpack(scope, request, progress));
    return new Run(Thread.ofPlatform().daemon().start(task), task);
  }

  /** Keys of the sealed snapshots of these layers, as they are when all is well. */
  List<String> keys(List<Layer> layers) {
    return Digest.chain(layers.stream().map(Layer::diffId).toList()).stream().map(Digest::toString).sorted().toList();
  }

  /** Keys of all snapshots; the driver must have a tree for each, and for nothing else. */
  List<String> keys(String snapshotter) throws IOException {
    List<SnapshotInfo> all = snapshots.list(SCOPE, snapshotter, "", 100);
    List<String> trees = drivers.<Snapshotter, List<String>>call(Snapshotter.class, new DriverRef(Snapshotter.KIND, snapshotter), SCOPE,
        d -> d.list(Optional.empty(), 100).stream().map(id -> id.value()).sorted().toList());
    List<String> ids = all.stream().map(s -> s.id().value()).sorted().toList();
    if (!trees.equals(ids)) throw new AssertionError("snapshots " + all + " have the trees " + trees);
    return all.stream().map(SnapshotInfo::key).toList();
  }

  /** Mounts and snapshots of unpackings that were not sealed. */
  List<String> halfMade() throws IOException {
    var left = new ArrayList<String>();
    for (String s : List.of(OVERLAY, COPY)) left.addAll(keys(s).stream().filter(k -> k.startsWith("extract-")).toList());
    mounts.list(SCOPE).forEach(m -> left.add(m.toString()));
    return left;
  }

  @Override
  public void close() throws IOException {
    try (root; parts) {
      for (Mounts.Active m : mounts.list(SCOPE)) mounts.deactivate(SCOPE, m.name());
    }
  }
}
