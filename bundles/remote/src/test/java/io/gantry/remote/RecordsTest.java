package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import io.gantry.service.record.Container;
import io.gantry.service.record.Image;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images, containers, leases and namespaces over the wire. */
class RecordsTest {
  private static final Scope SCOPE = Scope.root();
  private static final Digest DIGEST = Digest.parse("sha256:" + "ab".repeat(32));
  private static final Descriptor TARGET = Descriptor.of("application/vnd.oci.image.manifest.v1+json", DIGEST, 7);
  @TempDir Path root;
  private Engine engine;
  private RemoteManager manager;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
    manager = RemoteManager.connect(engine.address());
  }

  @AfterEach
  void close() throws IOException {
    manager.close();
    engine.close();
  }

  @Test
  void theVersionIsTold() throws IOException {
    assertFalse(manager.version(SCOPE).version().isEmpty());
  }

  @Test
  void imagesAreMadeMovedLabelledAndRemoved() throws IOException {
    var images = manager.images();
    Image made = images.create(SCOPE, "docker.io/library/a:1", TARGET, Map.of("x", "y"));
    assertEquals(new Image("docker.io/library/a:1", TARGET, Map.of("x", "y"), made.created(), made.updated(), 0), made);
    assertEquals(made, images.get(SCOPE, "docker.io/library/a:1"));
    String said = assertThrows(AlreadyExistsException.class, () -> images.create(SCOPE, made.name(), TARGET, Map.of())).getMessage();
    assertTrue(said.contains("docker.io/library/a:1") && !said.endsWith("already exists: already exists"), said);
    Descriptor other = Descriptor.of(TARGET.mediaType(), Digest.parse("sha256:" + "cd".repeat(32)), 8);
    Image moved = images.put(SCOPE, made.name(), other, Map.of("k", "v"));
    assertEquals(other, moved.target());
    assertEquals(Map.of("x", "y", "k", "v"), moved.labels());
    assertEquals(TARGET, images.put(SCOPE, "docker.io/library/b:1", TARGET, Map.of()).target());
    assertEquals(Map.of("k", "w"), images.label(SCOPE, made.name(), Map.of("x", "", "k", "w")).labels());
    var annotated = new Image(made.name(), new Descriptor(other.mediaType(), other.digest(), other.size(), Map.of("n", "1"),
        Optional.empty(),
        List.of()), Map.of(), Instant.EPOCH, Instant.EPOCH, 0);
    assertEquals(Map.of("n", "1"), images.update(SCOPE, annotated, List.of("annotations.n")).target().annotations());
    assertThrows(InvalidException.class, () -> images.update(SCOPE, annotated, List.of("name")));
    images.remove(SCOPE, made.name());
    assertEquals(Optional.empty(), images.find(SCOPE, made.name()));
    assertThrows(NotFoundException.class, () -> images.remove(SCOPE, made.name()));
    String unwired = assertThrows(UnsupportedException.class, () -> images.collect(SCOPE, made, () -> true)).getMessage();
    assertTrue(unwired.contains("containerd's API has no such call"), unwired);
  }

  @Test
  void imagesAreFoundByWhatAUserMeans() throws IOException {
    var images = manager.images();
    Descriptor other = Descriptor.of(TARGET.mediaType(), Digest.parse("sha256:" + "cd".repeat(32)), 8);
    images.create(SCOPE, "docker.io/library/redis:latest", TARGET, Map.of());
    images.create(SCOPE, "registry.example.com/team/redis:7", other, Map.of());
    assertEquals("docker.io/library/redis:latest", images.resolve(SCOPE, "redis").name());
    assertEquals("docker.io/library/redis:latest", images.resolve(SCOPE, DIGEST.toString()).name());
    assertEquals("docker.io/library/redis:latest", images.resolve(SCOPE, "abab").name());
    assertEquals("registry.example.com/team/redis:7", images.resolve(SCOPE, "7").name());
    assertEquals("docker.io/library/redis:latest", images.resolve(SCOPE, "redis@" + DIGEST).name());
    assertThrows(NotFoundException.class, () -> images.resolve(SCOPE, "redis:8"));
    images.create(SCOPE, "registry.example.com/other:7", TARGET, Map.of());
    assertThrows(InvalidException.class, () -> images.resolve(SCOPE, "7"));
  }

  @Test
  void listsComeInPages() throws IOException {
    var names = new ArrayList<String>();
    for (int i = 0; i < 25; i++) names.add(manager.images().create(SCOPE, "n" + (char) ('a' + i), TARGET, Map.of()).name());
    manager.images().create(SCOPE.withNamespace("other"), "stranger", TARGET, Map.of());
    var seen = new ArrayList<String>();
    String after = "";
    for (List<Image> page = manager.images().list(SCOPE, after, 10); !page.isEmpty(); page = manager.images().list(SCOPE, after, 10)) {
      assertTrue(page.size() <= 10);
      page.forEach(i -> seen.add(i.name()));
      after = page.getLast().name();
    }
    assertEquals(names, seen);
  }

  private static Container container(String id) {
    Typed spec = new Typed("types.containerd.io/opencontainers/runtime-spec/1/Spec", "{\"x\" : 1}".getBytes(StandardCharsets.UTF_8));
    return new Container(id, "img", "io.containerd.runc.v2", Optional.of(new Typed("containerd.runc.v1.Options", new byte[] {8, 1})), spec,
        "overlayfs", "key", Map.of("e.1", new Typed("t", new byte[] {0, 1, 2})), Map.of("l", "m"), Instant.EPOCH, Instant.EPOCH, 0);
  }

  /** Which snapshot is its own is not known, so that stays. */
  @Test
  void aDamagedContainerIsDeleted() throws IOException {
    var containers = manager.containers();
    for (String id : List.of("bad", "good")) containers.create(SCOPE, container(id));
    engine.table.change(SCOPE, List.of(new Change("container", "bad", -1, Optional.of("{".getBytes(StandardCharsets.UTF_8)))));
    assertThrows(CorruptException.class, () -> containers.get(SCOPE, "bad"));
    manager.tasks().delete(SCOPE, "bad", false);
    assertEquals(Optional.empty(), containers.find(SCOPE, "bad"));
    assertEquals(List.of("good"), containers.list(SCOPE, "", 10).stream().map(Container::id).toList());
  }

  @Test
  void containersAreKeptByteForByte() throws IOException {
    var containers = manager.containers();
    Container given = container("c1");
    Container made = containers.create(SCOPE, given);
    assertEquals(new Container("c1", given.image(), given.runtime(), given.runtimeOptions(), given.spec(), given.snapshotter(), given
        .snapshotKey(), given.extensions(), given.labels(), made.created(), made.updated(), 0), made);
    assertEquals(Optional.of(made), containers.find(SCOPE, "c1"));
    assertThrows(AlreadyExistsException.class, () -> containers.create(SCOPE, given));
    assertThrows(InvalidException.class, () -> containers.create(SCOPE, container("../x")));
    assertEquals(Map.of("n", "o"), containers.label(SCOPE, "c1", Map.of("l", "", "n", "o")).labels());
    var changed = new Container("c1", "img2", "", Optional.empty(), new Typed("s", new byte[] {9}), "", "", Map.of(), Map.of(),
        Instant.EPOCH,
        Instant.EPOCH, 0);
    Container now = containers.update(SCOPE, changed, List.of("image", "spec"));
    assertEquals("img2", now.image());
    assertEquals(new Typed("s", new byte[] {9}), now.spec());
    assertEquals(made.extensions(), now.extensions());
    assertThrows(UnsupportedException.class, () -> containers.update(SCOPE, changed));
    for (int i = 2; i < 10; i++) containers.create(SCOPE, container("c" + i));
    assertEquals(List.of("c4", "c5", "c6"), containers.list(SCOPE, "c3", 3).stream().map(Container::id).toList());
    containers.remove(SCOPE, "c1");
    assertEquals(Optional.empty(), containers.find(SCOPE, "c1"));
    assertThrows(NotFoundException.class, () -> containers.get(SCOPE, "c1"));
  }

  @Test
  void leasesHoldThings() throws IOException {
    var leases = manager.leases();
    Lease made = leases.create(SCOPE, "l", Map.of("a", "b"));
    assertEquals(made, leases.get(SCOPE, "l"));
    Lease random = leases.create(SCOPE, "", Map.of());
    assertFalse(random.id().isEmpty());
    assertEquals(2, leases.list(SCOPE).size());
    assertThrows(AlreadyExistsException.class, () -> leases.create(SCOPE, "l", Map.of()));
    leases.hold(SCOPE, "content", DIGEST.toString());
    assertEquals(List.of(), leases.resources(SCOPE, "l"), "without a lease nothing is held");
    leases.hold(SCOPE.withLease("l"), "content", DIGEST.toString());
    leases.add(SCOPE, "l", new Resource("snapshots/overlayfs", "k/1"));
    assertEquals(List.of("content/" + DIGEST, "snapshots/overlayfs/k/1"), leases.held(SCOPE, "l"));
    leases.release(SCOPE, "l", new Resource("content", DIGEST.toString()));
    assertEquals(List.of(new Resource("snapshots/overlayfs", "k/1")), leases.resources(SCOPE, "l"));
    assertThrows(UnsupportedException.class, () -> leases.add(SCOPE, "l", new Resource("nonsense", "x")));
    leases.remove(SCOPE, "l");
    assertThrows(NotFoundException.class, () -> leases.get(SCOPE, "l"));
    assertThrows(NotFoundException.class, () -> leases.remove(SCOPE, "l"));
    assertEquals(List.of(), leases.held(SCOPE, "l"));
  }

  @Test
  void namespacesComeAndGo() throws IOException {
    var namespaces = manager.namespaces();
    namespaces.create(SCOPE, "n", Map.of("a", "b"));
    assertEquals(Map.of("a", "b"), namespaces.get(SCOPE, "n").labels());
    assertThrows(AlreadyExistsException.class, () -> namespaces.create(SCOPE, "n", Map.of()));
    namespaces.label(SCOPE, "n", Map.of("a", "", "c", "d"));
    assertEquals(Map.of("c", "d"), namespaces.labels(SCOPE, "n"));
    assertEquals(Map.of("e", "f"), namespaces.update(SCOPE, "n", Map.of("e", "f"), List.of("labels")).labels());
    assertEquals(Map.of("e", "g"), namespaces.update(SCOPE, "n", Map.of("e", "g", "h", "i"), List.of("labels.e")).labels());
    assertThrows(InvalidException.class, () -> namespaces.update(SCOPE, "n", Map.of(), List.of("name")));
    assertThrows(NotFoundException.class, () -> namespaces.update(SCOPE, "none", Map.of("e", "f"), List.of()));
    assertEquals(Map.of(), namespaces.labels(SCOPE, "none"));
    namespaces.label(SCOPE, "new", Map.of());
    assertTrue(namespaces.list(SCOPE).containsAll(List.of("n", "new")));
    Scope in = SCOPE.withNamespace("n");
    manager.images().create(in, "i", TARGET, Map.of());
    assertThrows(ConflictException.class, () -> namespaces.remove(SCOPE, "n"));
    manager.images().remove(in, "i");
    namespaces.remove(SCOPE, "n");
    assertThrows(NotFoundException.class, () -> namespaces.get(SCOPE, "n"));
  }
}
