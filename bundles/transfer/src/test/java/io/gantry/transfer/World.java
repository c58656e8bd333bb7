package io.gantry.transfer;

import io.gantry.api.Digest;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.content.ContentService;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.Layer;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.MemoryTable;
import io.gantry.kit.world.Told;
import io.gantry.oci.bytes.Pauses;
import io.gantry.oci.cleanup.Leftovers;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Images;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.transfer.Progress;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/** A pull's surroundings: the real content, records and resolver; the store is real, the table is memory. */
final class World implements Closeable {
  static final Scope SCOPE = Scope.root();
  static final Platform AMD64 = Platform.parse("linux/amd64");
  final TestDrivers drivers;
  final MemoryTable table = new MemoryTable();
  static final String BOOT = "2";
  final Contents contents;
  final Images images;
  final Leases leases;
  final Namespaces namespaces;
  final TestUnpacker unpacker;
  final StoredCredentials credentials;
  final List<String> told;
  final List<Progress> progress = new CopyOnWriteArrayList<>();
  final Pauses pauses = new Pauses();
  final Leftovers left = new Leftovers("test", "stays", line -> { }, line -> { });
  final Mover mover;
  final Archival archives;

  World(Path root) throws IOException {
    this(root, new Settings("docker", "overlayfs", 3, 5, Duration.ofMillis(10), Duration.ofSeconds(3)));
  }

  World(Path root, Settings settings) throws IOException {
    drivers = new TestDrivers(root);
    Components parts = drivers.parts();
    parts.add(table);
    told = parts.add(new Told((scope, topic, fields) -> topic + " " + (fields.containsKey("name") ? fields.get("name")
        : fields.get("digest"))))
        .lines();
    namespaces = parts.start(NamespaceRecords.class, Map.of());
    leases = parts.start(LeaseRecords.class, Map.of());
    images = parts.start(ImageRecords.class, Map.of());
    contents = parts.start(ContentService.class, Map.of());
    unpacker = new TestUnpacker(contents);
    credentials = new StoredCredentials(new CredentialsFile(root.resolve("credentials.json")),
        new DockerConfig(root.resolve("docker.json")), () -> settings);
    var store = new Store(contents, images, leases, unpacker,
        DefaultDriver.snapshotter(namespaces, unpacker, settings.snapshotter()), left, BOOT);
    mover = new Mover(new Registries(drivers, credentials, settings, pauses), store);
    archives = new Archival(store);
  }

  Pulled pull(String reference) throws IOException {
    return pull(SCOPE, reference);
  }

  Pulled pull(Scope scope, String reference) throws IOException {
    return mover.pull(scope, new PullRequest(Reference.parse(reference), AMD64, ""), progress::add);
  }

  boolean has(Digest d) throws IOException {
    return contents.find(SCOPE, d).isPresent();
  }

  /** A registry refuses so what a pull of an image needs last: once all else of that is here. */
  Fault refusedAtTheEnd(Image image, Digest last) {
    List<Digest> others = image.layers().stream().map(Layer::digest).filter(d -> !d.equals(last)).toList();
    return (q, r) -> {
      for (Instant end = Instant.now().plusSeconds(20); !hasAll(others) && Instant.now().isBefore(end); ) {
        LockSupport.parkNanos(1_000_000);
      }
      Fault.status(503).spoil(q, r);
    };
  }

  private boolean hasAll(List<Digest> digests) {
    try {
      for (Digest d : digests) if (!has(d)) return false;
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing of a pull that failed may be left but what can be resumed, by one lease that ends. */
  boolean isAsBefore() throws IOException {
    boolean resumable = contents.writes(SCOPE, "", 10).stream().allMatch(w -> w.offset() > 0);
    List<Lease> kept = leases.list(SCOPE);
    boolean ending = kept.size() <= 1 && kept.stream().allMatch(World::isResumable);
    return resumable && images.list(SCOPE, "", 10).isEmpty() && ending;
  }

  private static boolean isResumable(Lease lease) {
    return lease.labels().containsKey(Resumption.REF) && lease.expires().orElseThrow().isBefore(Instant.now().plusSeconds(3600));
  }

  /** Statuses that were told of a thing, without repetition. */
  List<String> statuses(String name) {
    return progress.stream().filter(p -> p.name().equals(name)).map(Progress::status).distinct().toList();
  }

  @Override
  public void close() throws IOException {
    left.close();
    drivers.close();
  }
}
