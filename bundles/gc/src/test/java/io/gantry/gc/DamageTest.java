package io.gantry.gc;

import static io.gantry.gc.World.NATIVE;
import static io.gantry.gc.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.service.record.Container;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that are no longer what was written, and those of each kind that are. */
class DamageTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Facts.Reader READER = new Facts.Reader(Instant.now(), Duration.ofSeconds(300));
  private static final String TIMES = ",\"created\":\"2026-01-01T00:00:00Z\",\"updated\":\"2026-01-01T00:00:00.123456Z\"";
  /** What a record may have or not: records without them were written before, or say nothing for the collection. */
  private static final Set<String> OPTIONAL = Set.of("mediaType", "size", "touched", "children", "inodes", "sizeBytes of a snapshot",
      "image",
      "runtime", "spec", "extensions");
  @TempDir Path root;
  private final Hooked drivers = new Hooked();
  private World world;
  private Digest target;

  /** Each kind of record refers to something that nothing else refers to; no time holds them. */
  @BeforeEach
  void open() throws IOException {
    world = new World(root, drivers, Map.of("automatic", false, "grace.seconds", 0));
    Digest layer = world.blob("layer");
    target = world.blob("target", "containerd.io/gc.ref.content.0", layer.toString());
    world.image("i", target);
    world.layer("base", "");
    world.snapshots.prepare(SCOPE, NATIVE, "mine", Optional.of("base"), Map.of());
    world.container("c", "mine", Map.of());
  }

  @AfterEach
  void close() throws IOException {
    if (world != null) world.close();
  }

  private Map<Thing.Kind, String> ids() {
    var ids = new LinkedHashMap<Thing.Kind, String>();
    ids.put(Thing.Kind.IMAGE, "i");
    ids.put(Thing.Kind.CONTAINER, "c");
    ids.put(Thing.Kind.CONTENT, target.toString());
    ids.put(Thing.Kind.SNAPSHOT, NATIVE + "/mine");
    return ids;
  }

  private byte[] row(Thing.Kind kind, String id) throws IOException {
    return world.table.get(SCOPE, kind.table(), id).orElseThrow().json();
  }

  private void write(Thing.Kind kind, String id, byte[] json) throws IOException {
    world.table.change(SCOPE, List.of(new Change(kind.table(), id, -1, Optional.of(json))));
  }

  private static void refused(Thing.Kind kind, String id, byte[] json) {
    CorruptException e = assertThrows(CorruptException.class, () -> READER.read(kind, new Place("n", id), json),
        () -> kind + " " + new String(json));
    assertTrue(e.getMessage().startsWith("the record " + kind.table() + " n/" + id + " is damaged"), e.getMessage());
  }

  private static void accepted(Thing.Kind kind, String id, String json) throws IOException {
    READER.read(kind, new Place("n", id), World.bytes(json));
  }

  @Test
  void aDamagedRecordOfAnyKindLetsNothingGo() throws Exception {
    int blobs = world.stored().size();
    for (var e : ids().entrySet()) {
      byte[] good = row(e.getKey(), e.getValue());
      byte[] half = Arrays.copyOf(good, good.length / 2);
      for (byte[] bad : List.of(new byte[0], World.bytes("{}"), half, World.bytes("{\"labels\":{}}garbage"), new byte[good.length])) {
        write(e.getKey(), e.getValue(), bad);
        CorruptException why = assertThrows(CorruptException.class, world::collect, () -> e.getKey() + " " + new String(bad));
        assertTrue(why.getMessage().contains(e.getKey().table() + " default/" + e.getValue()), why.getMessage());
      }
      write(e.getKey(), e.getValue(), good);
    }
    assertEquals(blobs, world.stored().size());
    assertEquals(List.of("base", "mine"), world.keys());
    assertEquals(List.of(), world.collect().gone());
    world.images.remove(SCOPE, "i");
    assertEquals(blobs, world.collect().gone().size(), "what is whole again is collected");
  }

  /** What it holds may go with it, or not. */
  @Test
  void aDamagedLeaseLetsNothingGo() throws Exception {
    Digest lost = world.blob("lost");
    world.leases.create(SCOPE, "l", Map.of());
    byte[] good = world.table.get(SCOPE, "lease", "l").orElseThrow().json();
    for (byte[] bad : List.of(new byte[0], World.bytes("{}"), Arrays.copyOf(good, good.length / 2))) {
      world.table.change(SCOPE, List.of(new Change("lease", "l", -1, Optional.of(bad))));
      String why = assertThrows(CorruptException.class, world::collect).getMessage();
      assertTrue(why.contains("lease 'l' in namespace default is damaged; remove it"), why);
    }
    assertTrue(world.stored().contains(lost));
    world.leases.remove(SCOPE, "l");
    world.collect();
    assertTrue(!world.stored().contains(lost));
  }

  /** Nothing refers to anything by it, and what is in it is looked through all the same. */
  @Test
  void aDamagedNamespaceHoldsUpNothing() throws Exception {
    Digest lost = world.blob("lost");
    Scope other = SCOPE.withNamespace("other");
    Digest kept = world.blob(other, "held", Map.of());
    world.leases.create(other, "l", Map.of());
    world.leases.add(other, "l", new Resource("content", kept.toString()));
    world.table.change(SCOPE, List.of(new Change("namespace", "other", -1, Optional.of(new byte[0]))));
    world.collect();
    assertTrue(world.stored().contains(kept) && !world.stored().contains(lost));
  }

  @Test
  void oneThatIsDamagedMeanwhileLetsNothingGo() throws Exception {
    Digest lost = world.blob("lost");
    drivers.between(() -> write(Thing.Kind.IMAGE, "j", World.bytes("{}")));
    assertTrue(assertThrows(CorruptException.class, world::collect).getMessage().contains("image default/j"));
    assertTrue(world.stored().contains(lost));
  }

  /** Wherever it was cut, whatever follows it, and whichever field is not there. */
  @Test
  void noPartOfARecordIsARecord() throws Exception {
    for (var e : ids().entrySet()) {
      Thing.Kind kind = e.getKey();
      byte[] good = row(kind, e.getValue());
      accepted(kind, e.getValue(), new String(good));
      for (int i = 0; i < good.length; i++) refused(kind, e.getValue(), Arrays.copyOf(good, i));
      for (String more : List.of("{}", "}", "\0", "x", " 1")) refused(kind, e.getValue(), World.bytes(new String(good) + more));
      refused(kind, e.getValue(), World.bytes("[" + new String(good) + "]"));
      refused(kind, e.getValue(), World.bytes(new String(good).replaceFirst("\\{", "{\"labels\":{},")));
      ObjectNode o = (ObjectNode) JSON.readTree(good);
      fields(kind, e.getValue(), o, o);
    }
  }

  private static void fields(Thing.Kind kind, String id, ObjectNode all, ObjectNode of) throws IOException {
    for (var p : List.copyOf(of.properties())) {
      if (!OPTIONAL.contains(p.getKey()) && !OPTIONAL.contains(p.getKey() + " of a " + kind.table())) {
        of.remove(p.getKey());
        refused(kind, id, JSON.writeValueAsBytes(all));
        of.putNull(p.getKey());
        refused(kind, id, JSON.writeValueAsBytes(all));
        of.put(p.getKey(), 1.5);
        refused(kind, id, JSON.writeValueAsBytes(all));
        of.set(p.getKey(), p.getValue());
      }
      if (p.getKey().equals("target")) fields(kind, id, all, (ObjectNode) p.getValue());
    }
  }

  @Test
  void valuesThatSayNothingAreDamage() throws Exception {
    String id = target.toString();
    refused(Thing.Kind.CONTENT, id, World.bytes("{\"sizeBytes\":1,\"store\":\"\"" + TIMES + ",\"labels\":{}}"));
    for (String touched : List.of("yesterday", "", "+1000000000-12-31T23:59:59Z")) {
      refused(Thing.Kind.CONTENT, id, World.bytes("{\"sizeBytes\":1,\"store\":\"local\",\"touched\":\"" + touched + "\"" + TIMES
          + ",\"labels\":{}}"));
    }
    refused(Thing.Kind.CONTENT, "sha256:b", World.bytes("{\"sizeBytes\":1,\"store\":\"local\"" + TIMES + ",\"labels\":{}}"));
    refused(Thing.Kind.CONTENT, id, World.bytes("{\"sizeBytes\":1,\"store\":\"local\"" + TIMES + ",\"labels\":{\"a\":1}}"));
    refused(Thing.Kind.IMAGE, "i", World.bytes("{\"target\":{\"digest\":\"sha256:b\"}" + TIMES + ",\"labels\":{}}"));
    String parents = "{\"id\":\"s1\",\"kind\":\"ACTIVE\",\"parents\":[\"s0\"],\"children\":0" + TIMES + ",\"labels\":{}";
    refused(Thing.Kind.SNAPSHOT, NATIVE + "/a", World.bytes(parents + "}"));
    refused(Thing.Kind.SNAPSHOT, NATIVE + "/a", World.bytes(parents.replace("\"s0\"", "") + ",\"parent\":\"base\"}"));
    for (String key : List.of("a", "/a")) refused(Thing.Kind.SNAPSHOT, key, World.bytes(parents + ",\"parent\":\"base\"}"));
  }

  /** As the first versions wrote them, and with all that a record may have. */
  @Test
  void recordsOfAllVersionsAreRecords() throws Exception {
    String d = target.toString();
    String labels = TIMES + ",\"labels\":{\"a\":\"b\",\"containerd.io/gc.expire\":\"perhaps\"}}";
    String image = "{\"target\":{\"mediaType\":\"m\",\"digest\":\"" + d + "\",\"size\":10";
    accepted(Thing.Kind.IMAGE, "i", image + "},\"labels\":{}" + TIMES + "}");
    accepted(Thing.Kind.IMAGE, "i", image + ",\"annotations\":{\"a\":\"b\"},\"platform\":\"linux/amd64\",\"urls\":[\"u\"]}" + labels);
    accepted(Thing.Kind.IMAGE, "i", image.replace(d, "sha512:" + "0".repeat(128)) + "}" + labels);
    String typed = "{\"typeUrl\":\"\",\"value\":\"\"}";
    for (List<String> of : List.of(List.of("", ""), List.of("native", ""), List.of("", "key"), List.of("native", "key"))) {
      String container = "{\"image\":\"\",\"runtime\":\"\",\"snapshotter\":\"" + of.getFirst() + "\",\"snapshotKey\":\"" + of.getLast()
          + "\"";
      accepted(Thing.Kind.CONTAINER, "c", container + ",\"spec\":" + typed + ",\"extensions\":{},\"labels\":{}" + TIMES + "}");
      accepted(Thing.Kind.CONTAINER, "c", container + ",\"runtimeOptions\":" + typed + ",\"spec\":" + typed + ",\"extensions\":{\"e\":"
          + typed
          + "},\"sandbox\":\"s\"" + labels);
    }
    accepted(Thing.Kind.CONTENT, d, "{\"sizeBytes\":0,\"store\":\"local\"" + labels);
    accepted(Thing.Kind.CONTENT, d, "{\"sizeBytes\":5000000000,\"store\":\"local\"" + TIMES
        + ",\"touched\":\"2026-01-01T00:00:00Z\",\"labels\":{}}");
    String snapshot = "{\"id\":\"s1\",\"kind\":\"SEALED\"";
    accepted(Thing.Kind.SNAPSHOT, "native/a", snapshot + ",\"parents\":[],\"children\":0" + labels);
    accepted(Thing.Kind.SNAPSHOT, "native/a/b", snapshot + ",\"parent\":\"p\",\"parents\":[\"s3\",\"s2\"],\"children\":2,\"sizeBytes\":7,"
        + "\"inodes\":1" + TIMES + ",\"touched\":\"2026-01-01T00:00:00Z\",\"labels\":{}}");
  }

  /** As large as one call can make it, and a key that takes as much as one may. */
  @Test
  void aLargeRecordIsARecord() throws Exception {
    String typed = "{\"typeUrl\":\"\",\"value\":\"" + "AAAA".repeat((16 << 20) / 3) + "\"}";
    accepted(Thing.Kind.CONTAINER, "c", "{\"image\":\"\",\"runtime\":\"\",\"snapshotter\":\"\",\"snapshotKey\":\"\",\"spec\":" + typed
        + ",\"extensions\":{},\"labels\":{}" + TIMES + "}");
    var large = new Typed("e", new byte[15_500_000]);
    world.containers.create(SCOPE, new Container("large", "", "runc", Optional.empty(), new Typed("spec", new byte[0]), "", "", Map.of(
        "k".repeat(4096), large), Map.of(), Instant.EPOCH, Instant.EPOCH, 0));
    Digest lost = world.blob("lost");
    world.collect();
    assertFalse(world.stored().contains(lost));
  }

  /** As today's code writes them, of which each stays by its own label. */
  @Test
  void recordsOfTodayAreRecords() throws Exception {
    Scope other = SCOPE.withNamespace("else");
    world.blob(other, "b", Map.of("containerd.io/gc.root", "x"));
    world.image(other, "docker.io/library/redis:latest", World.digest("b"), Map.of("l", ""));
    world.layer(other, "sha256:chain/with/slashes", "", Map.of("containerd.io/gc.root", "x"));
    assertEquals(List.of(), world.collect().gone());
  }
}
