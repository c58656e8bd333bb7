package io.gantry.gc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.LentDrivers;
import io.gantry.kit.world.Told;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.records.ContainerRecords;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.service.content.Info;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Report;
import io.gantry.service.record.Container;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The real records, content and snapshots, and a collector that does nothing by itself where that is not asked for. */
final class World implements Closeable {
  static final Scope SCOPE = Scope.root();
  static final Scope OTHER = SCOPE.withNamespace("other");
  static final String NATIVE = "native";
  static final String LOCAL = "local";
  final Components parts;
  final Told told;
  final TableService table;
  final ImageRecords images;
  final ContainerRecords containers;
  final LeaseRecords leases;
  final NamespaceRecords namespaces;
  final ContentService contents;
  final SnapshotKeys snapshots;
  final GarbageCollector gc;

  World(Path root, Map<String, ?> config) throws IOException {
    this(new Components(root), config);
  }

  World(Path root, LentDrivers drivers, Map<String, ?> config) throws IOException {
    this(new Components(root, drivers), config);
  }

  /** Other records over the same content and snapshots. */
  static World withOtherRecords(Path root) throws IOException {
    var parts = new Components(root);
    parts.driver(MapDbComponent.class, "metadata", "other", Map.of());
    return new World(parts, Map.of("automatic", false, "grace.seconds", 0), Map.of("store", "other"));
  }

  private World(Components parts, Map<String, ?> config) throws IOException {
    this(parts, config, Map.of());
  }

  private World(Components parts, Map<String, ?> config, Map<String, ?> records) throws IOException {
    assumeTrue(io.gantry.linux.Self.isRoot(), "skipped: snapshots need root");
    this.parts = parts;
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    openStore();
    openSnapshotter();
    told = parts.add(new Told());
    table = parts.start(TableService.class, records);
    images = parts.start(ImageRecords.class, Map.of());
    containers = parts.start(ContainerRecords.class, Map.of());
    leases = parts.start(LeaseRecords.class, Map.of());
    namespaces = parts.start(NamespaceRecords.class, Map.of());
    contents = parts.start(ContentService.class, Map.of());
    snapshots = parts.start(SnapshotKeys.class, Map.of());
    gc = parts.start(GarbageCollector.class, config);
  }

  /** Nothing goes by itself, and nothing is held by its age. */
  static World quiet(Path root) throws IOException {
    return new World(root, Map.of("automatic", false, "grace.seconds", 0));
  }

  void openStore() throws IOException {
    parts.driver(LocalComponent.class, ContentStore.KIND, LOCAL, Map.of());
  }

  void openSnapshotter() throws IOException {
    parts.driver(CopyComponent.class, Snapshotter.KIND, NATIVE, Map.of());
  }

  void take(String kind, String name) {
    parts.drivers().take(new DriverRef(kind, name));
  }

  Report collect() throws IOException {
    return gc.collect(SCOPE, CollectRequest.defaults());
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Digest digest(String text) {
    try {
      return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes(text)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A blob with these bytes. */
  Digest blob(Scope scope, String text, Map<String, String> labels) throws IOException {
    Digest d = digest(text);
    contents.put(scope, new WriterSpec("write " + text, Optional.of(d), OptionalLong.empty(), labels), bytes(text));
    return d;
  }

  /** As who gets the bytes first, and their digest from them. */
  Digest blobKnownAtTheEnd(Scope scope, String ref, String text) throws IOException {
    try (Writer w = contents.writer(scope, WriterSpec.of(ref))) {
      if (w.status().offset() > 0) w.truncate();
      w.write(ByteBuffer.wrap(bytes(text)));
      return w.commit(w.digest(), -1).digest();
    }
  }

  /** As who is told the digest when some bytes are written. */
  Digest blobKnownMidway(Scope scope, String ref, String text) throws IOException {
    Digest d = digest(text);
    byte[] bytes = bytes(text);
    try (Writer w = contents.writer(scope, WriterSpec.of(ref))) {
      if (w.status().offset() > 0) w.truncate();
      w.write(ByteBuffer.wrap(bytes, 0, bytes.length / 2));
      w.expect(d);
      w.write(ByteBuffer.wrap(bytes, bytes.length / 2, bytes.length - bytes.length / 2));
      return w.commit(d, bytes.length).digest();
    } catch (AlreadyExistsException e) {
      return d;
    }
  }

  Digest blob(String text, String... labels) throws IOException {
    return blob(SCOPE, text, labels.length == 0 ? Map.of() : Map.of(labels[0], labels[1]));
  }

  void image(Scope scope, String name, Digest target, Map<String, String> labels) throws IOException {
    images.put(scope, name, new Descriptor("application/vnd.oci.image.manifest.v1+json", target, 10, Map.of(), Optional.empty(), List.of()),
        labels);
  }

  void image(String name, Digest target) throws IOException {
    image(SCOPE, name, target, Map.of());
  }

  void container(String id, String snapshotKey, Map<String, String> labels) throws IOException {
    containers.create(SCOPE, new Container(id, "", "runc", Optional.empty(), new Typed("spec", new byte[0]), snapshotKey.isEmpty() ? ""
        : NATIVE, snapshotKey, Map.of(), labels, Instant.EPOCH, Instant.EPOCH, 0));
  }

  /** A committed snapshot. */
  SnapshotInfo layer(Scope scope, String name, String parent, Map<String, String> labels) throws IOException {
    String key = "making " + name;
    snapshots.prepare(scope, NATIVE, key, parent.isEmpty() ? Optional.empty() : Optional.of(parent), Map.of());
    return snapshots.commit(scope, NATIVE, name, key, Optional.empty(), labels);
  }

  SnapshotInfo layer(String name, String parent) throws IOException {
    return layer(SCOPE, name, parent, Map.of());
  }

  List<String> blobs(Scope scope) throws IOException {
    return contents.list(scope, Optional.empty(), 10_000).stream().map(Info::digest).map(Digest::toString).toList();
  }

  /** What is on disk. */
  List<Digest> stored() throws IOException {
    return contents.stored(SCOPE, LOCAL, Optional.empty(), 20_000).stream().map(Blob::digest).toList();
  }

  List<String> keys() throws IOException {
    return snapshots.list(SCOPE, NATIVE, "", 1000).stream().map(SnapshotInfo::key).toList();
  }

  /** Trees on disk. */
  List<String> trees() throws IOException {
    return parts.drivers().<Snapshotter, List<String>>call(Snapshotter.class, new DriverRef(Snapshotter.KIND, NATIVE), SCOPE, d -> d.list(
        Optional.empty(), 1000).stream().map(id -> id.value()).toList());
  }

  /** A service that is asked as ever; before each call of a method something is done. */
  static <T> T before(Class<T> type, T service, String method, Hooked.Between what) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, called, args) -> {
      if (called.getName().equals(method)) what.run();
      try {
        return called.invoke(service, args);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }));
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
