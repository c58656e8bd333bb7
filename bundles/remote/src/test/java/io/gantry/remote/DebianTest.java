package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.kit.world.Containerd;
import io.gantry.oci.bytes.Hasher;
import io.gantry.service.content.Info;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.event.Event;
import io.gantry.service.event.Event.Form;
import io.gantry.service.record.Container;
import io.gantry.service.record.Image;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.spi.snapshot.SnapKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same services of Debian's containerd. */
class DebianTest {
  private static Containerd debian;
  private static RemoteManager manager;

  @BeforeAll
  static void open() throws Exception {
    assumeTrue(Containerd.missing().isEmpty(), () -> Containerd.missing().orElseThrow());
    debian = new Containerd();
    manager = RemoteManager.connect(Address.parse("unix://" + debian.socket()));
  }

  @AfterAll
  static void close() throws Exception {
    if (manager != null) manager.close();
    if (debian != null) debian.close();
  }

  private static Scope in(String namespace) {
    return Scope.root().withNamespace(namespace);
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Digest digest(byte[] bytes) {
    return Hasher.digest("sha256", bytes);
  }

  @Test
  void blobsAreWrittenInPiecesAndRead() throws IOException {
    Scope scope = in("content").withLease("l"); // else what nobody refers to is collected meanwhile
    manager.leases().create(in("content"), "l", Map.of());
    var contents = manager.contents();
    byte[] bytes = random(9_500_001, 1);
    var spec = new WriterSpec("layer", Optional.of(digest(bytes)), OptionalLong.of(bytes.length), Map.of("of", "spec"));
    try (Writer w = contents.writer(scope, spec)) {
      w.write(ByteBuffer.wrap(bytes, 0, 5_000_000));
      assertEquals(digest(Arrays.copyOf(bytes, 5_000_000)), w.digest());
      assertThrows(UnavailableException.class, () -> contents.writer(scope, spec));
    }
    assertEquals(5_000_000, contents.status(scope, "layer").orElseThrow().offset());
    try (Writer w = contents.writer(scope, spec)) {
      assertEquals(5_000_000, w.status().offset());
      w.truncate();
      assertEquals(0, w.status().offset());
      contents.write(w, offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length));
      assertEquals(Map.of("of", "spec", "more", "x"), w.commit(digest(bytes), bytes.length, Map.of("more", "x")).labels());
    }
    assertEquals(List.of(), contents.writes(scope, "", 10));
    try (var reader = contents.reader(scope, digest(bytes))) {
      assertArrayEquals(bytes, reader.stream(0).readAllBytes());
      ByteBuffer part = ByteBuffer.allocate(3_000_000);
      assertEquals(3_000_000, reader.read(6_000_000, part));
      assertArrayEquals(Arrays.copyOfRange(bytes, 6_000_000, 9_000_000), part.array());
    }
    assertThrows(AlreadyExistsException.class, () -> contents.writer(scope, spec));
    try (Writer late = contents.writer(scope, WriterSpec.of("late"))) {
      late.write(ByteBuffer.wrap(bytes, 0, 5_000_000));
      late.expect(digest(random(10, 2)));
      assertThrows(AlreadyExistsException.class, () -> late.expect(digest(bytes)));
    }
    assertEquals(List.of(), contents.writes(scope, "", 10));
  }

  @Test
  void smallBlobsAndTheirErrors() throws IOException {
    Scope scope = in("small").withLease("l"); // else what nobody refers to is collected meanwhile
    manager.leases().create(in("small"), "l", Map.of());
    var contents = manager.contents();
    byte[] bytes = random(1000, 2);
    Digest d = contents.put(scope, new WriterSpec("doc", Optional.empty(), OptionalLong.empty(), Map.of("a", "b")), bytes).digest();
    assertArrayEquals(bytes, contents.read(scope, d, 1000));
    assertEquals(Map.of("c", "d"), contents.label(scope, d, Map.of("a", "", "c", "d")).labels());
    assertEquals(Map.of("e", "f"), contents.relabel(scope, d, Map.of("e", "f")).labels());
    assertEquals(contents.info(scope, d), contents.put(scope, WriterSpec.of("again"), bytes));
    assertEquals(List.of(d), contents.list(scope, Optional.empty(), 10).stream().map(Info::digest).toList());
    Writer wrong = contents.writer(scope, WriterSpec.of("wrong"));
    wrong.write(ByteBuffer.wrap(bytes, 0, 10));
    assertThrows(CorruptException.class, () -> wrong.commit(d, 10));
    assertEquals(Optional.empty(), contents.status(scope, "wrong"));
    contents.remove(scope, d);
    assertThrows(NotFoundException.class, () -> contents.read(scope, d, 1000));
    assertThrows(NotFoundException.class, () -> contents.abort(scope, "none"));
  }

  @Test
  void snapshotsAreMadeAndRemoved() throws IOException {
    Scope scope = in("snapshots").withLease("l"); // else what nobody refers to is collected meanwhile
    manager.leases().create(in("snapshots"), "l", Map.of());
    var snapshots = manager.snapshots();
    assertTrue(snapshots.snapshotters(scope).containsAll(List.of("native", "overlayfs")), snapshots.snapshotters(scope).toString());
    SnapshotInfo active = snapshots.prepare(scope, "native", "a", Optional.empty(), Map.of("l", "m"));
    assertEquals(SnapKind.ACTIVE, active.kind());
    assertThrows(AlreadyExistsException.class, () -> snapshots.prepare(scope, "native", "a", Optional.empty(), Map.of()));
    List<Mount> mounts = snapshots.mounts(scope, "native", "a");
    assertEquals(1, mounts.size());
    assertEquals(Optional.of(active), snapshots.of(scope, mounts));
    SnapshotInfo base = snapshots.commit(scope, "native", "base", "a", Optional.empty(), Map.of("c", "d"));
    assertEquals(Map.of("c", "d"), base.labels());
    assertTrue(base.usage().isPresent());
    assertEquals(Map.of("n", "o"), snapshots.label(scope, "native", "base", Map.of("c", "", "n", "o")).labels());
    assertEquals(Optional.of("base"), snapshots.view(scope, "native", "v", Optional.of("base"), Map.of()).parent());
    assertThrows(ConflictException.class, () -> snapshots.remove(scope, "native", "base"));
    assertThrows(NotFoundException.class, () -> snapshots.prepare(scope, "native", "b", Optional.of("none"), Map.of()));
    assertFalse(snapshots.canRebase(scope, "native"));
    assertEquals(List.of("base", "v"), snapshots.list(scope, "native", "", 10).stream().map(SnapshotInfo::key).toList());
    snapshots.remove(scope, "native", "v");
    snapshots.remove(scope, "native", "base");
    assertThrows(NotFoundException.class, () -> snapshots.get(scope, "native", "base"));
  }

  @Test
  void recordsAreKept() throws IOException {
    Scope scope = in("records");
    Descriptor target = Descriptor.of("application/vnd.oci.image.manifest.v1+json", digest(new byte[0]), 7);
    var images = manager.images();
    Image made = images.create(scope, "docker.io/library/a:1", target, Map.of("x", "y"));
    assertEquals(made, images.resolve(scope, "a:1"));
    assertEquals(Map.of("x", "y", "k", "v"), images.put(scope, made.name(), target, Map.of("k", "v")).labels());
    assertEquals(Map.of("k", "v"), images.label(scope, made.name(), Map.of("x", "")).labels());
    assertEquals(Map.of("k", "v"), images.get(scope, made.name()).labels());
    assertThrows(AlreadyExistsException.class, () -> images.create(scope, made.name(), target, Map.of()));
    images.remove(scope, made.name());
    assertEquals(Optional.empty(), images.find(scope, made.name()));
    var containers = manager.containers();
    Typed spec = new Typed("types.containerd.io/opencontainers/runtime-spec/1/Spec", "{ }".getBytes(StandardCharsets.UTF_8));
    Container given = new Container("c", "", "io.containerd.runc.v2", Optional.empty(), spec, "", "", Map.of(), Map.of("l", "m"),
        Instant.EPOCH, Instant.EPOCH, 0);
    assertEquals(spec, containers.create(scope, given).spec());
    assertEquals(Map.of("n", "o"), containers.label(scope, "c", Map.of("l", "", "n", "o")).labels());
    assertEquals(List.of("c"), containers.list(scope, "", 10).stream().map(Container::id).toList());
    assertThrows(UnsupportedException.class, () -> containers.update(scope, given));
    containers.remove(scope, "c");
    assertThrows(NotFoundException.class, () -> containers.get(scope, "c"));
    var leases = manager.leases();
    String lease = leases.create(scope, "", Map.of()).id();
    leases.add(scope, lease, new Resource("content", digest(new byte[0]).toString()));
    assertEquals(List.of("content/" + digest(new byte[0])), leases.held(scope, lease));
    assertThrows(NotFoundException.class, () -> leases.get(scope, "none"));
    leases.remove(scope, lease);
    assertEquals(List.of(), leases.list(scope));
  }

  @Test
  void namespacesComeAndGo() throws IOException {
    var namespaces = manager.namespaces();
    Scope scope = in("n");
    namespaces.create(scope, "n", Map.of("a", "b"));
    namespaces.label(scope, "n", Map.of("c", "d"));
    assertEquals(Map.of("a", "b", "c", "d"), namespaces.labels(scope, "n"));
    assertEquals(Map.of("e", "f"), namespaces.update(scope, "n", Map.of("e", "f"), List.of("labels")).labels());
    assertEquals(Map.of("e", "f"), namespaces.get(scope, "n").labels());
    assertThrows(InvalidException.class, () -> namespaces.create(scope, "../x", Map.of()));
    assertThrows(NotFoundException.class, () -> namespaces.update(scope, "none", Map.of(), List.of()));
    assertTrue(namespaces.list(scope).contains("n"));
    namespaces.remove(scope, "n");
    assertThrows(NotFoundException.class, () -> namespaces.get(scope, "n"));
  }

  @Test
  void eventsAreFollowed() throws IOException {
    Scope scope = in("events");
    var events = manager.events();
    long seen = events.sequence(scope);
    manager.namespaces().create(scope, "events", Map.of("a", "b"));
    events.publish(scope, "/mine/x", new Typed("example.com/T", new byte[] {1}));
    var came = new ArrayList<Event>();
    Instant end = Instant.now().plusSeconds(20);
    while (came.stream().noneMatch(e -> e.topic().equals("/mine/x")) && Instant.now().isBefore(end)) {
      for (Event e : events.after(scope, seen, 100, Duration.ofSeconds(1))) {
        seen = e.sequence();
        if (e.namespace().equals("events")) came.add(e);
      }
    }
    assertEquals(List.of("/namespaces/create", "/mine/x"), came.stream().map(Event::topic).toList());
    assertEquals("{\"name\":\"events\",\"labels\":{\"a\":\"b\"}}", new String(came.get(0).event().value(), StandardCharsets.UTF_8));
    assertEquals(Form.OPAQUE, came.get(1).form());
  }
}
