package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Typed;
import io.gantry.service.record.Container;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Image;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Records that are no longer what was written: told, left out of lists, never taken for others, and with a way out. */
class DamageTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> BAD = List.of("", "x", "{}{}", "{}x", "[1]", "{\"labels\":", "{\"labels\":[]}", "\0\0");
  /** What only some records have. */
  private static final Set<String> OPTIONAL = Set.of("annotations", "platform", "urls", "runtimeOptions", "sandbox");
  @TempDir Path root;
  private Kept kept;

  @BeforeEach
  void open() throws IOException {
    kept = new Kept(root);
  }

  @AfterEach
  void close() throws IOException {
    kept.close();
  }

  private void write(String table, String id, String json) throws IOException {
    write(table, id, json.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String table, String id, byte[] json) throws IOException {
    kept.table.change(SCOPE, List.of(new Change(table, id, -1, Optional.of(json))));
  }

  private static void damaged(String what, Executable call) {
    String message = assertThrows(CorruptException.class, call).getMessage();
    assertTrue(message.startsWith("the record of " + what + " is damaged; "), message);
    assertFalse(message.contains("Exception") || message.contains("REDACTED"), message);
  }

  private static List<String> ids(List<Damaged> all) {
    return all.stream().map(Damaged::id).toList();
  }

  private static Descriptor target(char c) {
    return new Descriptor("application/vnd.oci.image.index.v1+json", Digest.parse("sha256:" + String.valueOf(c).repeat(64)), 10,
        Map.of("a", "b"), Optional.of(Platform.parse("linux/arm64")), List.of("https://example.org/a"));
  }

  private static Container container(String id) {
    var typed = new Typed("type", new byte[] {1, 2});
    return new Container(id, "i", "r", Optional.of(typed), typed, "native", id, Map.of("e", typed), "s", Map.of("l", ""), Instant.EPOCH,
        Instant.EPOCH, 0);
  }

  @Test
  void anImageIsToldLeftOutAndMadeAnew() throws Exception {
    Image a = kept.images.create(SCOPE, "a", target('a'), Map.of());
    Image z = kept.images.create(SCOPE, "z", target('c'), Map.of());
    for (String json : BAD) {
      write("image", "m", json);
      for (Executable call : List.<Executable>of(() -> kept.images.get(SCOPE, "m"), () -> kept.images.find(SCOPE, "m"),
          () -> kept.images.label(SCOPE, "m", Map.of("k", "v")), () -> kept.images.resolve(SCOPE, "m"),
          () -> kept.images.update(SCOPE, new Image("m", target('b'), Map.of("k", "v"), Instant.EPOCH, Instant.EPOCH, 0), List.of(
              "labels")))) {
        damaged("image 'm' in namespace default", call);
      }
      assertEquals(List.of(a, z), kept.images.list(SCOPE, "", 10));
      assertEquals(List.of("m"), ids(kept.images.damaged(SCOPE)));
      assertEquals(json, new String(kept.table.get(SCOPE, "image", "m").orElseThrow().json(), StandardCharsets.UTF_8));
      Image m = kept.images.put(SCOPE, "m", target('b'), Map.of("k", "v"));
      assertEquals(List.of(a, m, z), kept.images.list(SCOPE, "", 10));
      assertEquals(Map.of("k", "v"), m.labels());
      write("image", "m", json);
      var given = new Image("m", target('b'), Map.of("k", "v", "l", "w"), Instant.EPOCH, Instant.EPOCH, 0);
      assertEquals(Map.of("k", "v"), kept.images.update(SCOPE, given, List.of("target", "labels.k")).labels());
      write("image", "m", json);
      assertEquals(target('b'), kept.images.update(SCOPE, given, List.of()).target(), "as clients pull");
      write("image", "m", json);
      assertThrows(AlreadyExistsException.class, () -> kept.images.create(SCOPE, "m", target('b'), Map.of()));
      kept.images.remove(SCOPE, "m");
      assertThrows(NotFoundException.class, () -> kept.images.remove(SCOPE, "m"));
      assertEquals(List.of(), kept.images.damaged(SCOPE));
    }
  }

  /** An empty page is the last one, and no page has fewer than there are. */
  @Test
  void pagesGoOnBesideDamagedOnes() throws Exception {
    List<String> names = IntStream.range(100, 700).mapToObj(i -> "i" + i).toList();
    for (String n : names) {
      if (n.endsWith("5")) kept.images.create(SCOPE, n, target('a'), Map.of());
      else write("image", n, "{}");
    }
    List<String> whole = names.stream().filter(n -> n.endsWith("5")).toList();
    assertEquals(whole, kept.images.list(SCOPE, "", 100).stream().map(Image::name).toList());
    assertEquals(whole.subList(0, 7), kept.images.list(SCOPE, "", 7).stream().map(Image::name).toList());
    assertEquals(whole.subList(7, 14), kept.images.list(SCOPE, whole.get(6), 7).stream().map(Image::name).toList());
    assertEquals(List.of(), kept.images.list(SCOPE, whole.getLast(), 7));
    assertEquals(names.stream().filter(n -> !n.endsWith("5")).toList(), ids(kept.images.damaged(SCOPE)));
  }

  /** What a damaged one may be meant by means nobody else. */
  @Test
  void aTextIsNotTakenForAnotherImage() throws Exception {
    Image a = kept.images.create(SCOPE, "example.com/a:1", target('a'), Map.of());
    write("image", "example.com/b:1", "{}");
    for (String text : List.of("1", "b:1", "aaaa", "sha256:aaaa", "bbbb", target('b').digest().toString())) {
      damaged("image 'example.com/b:1' in namespace default", () -> kept.images.resolve(SCOPE, text));
    }
    for (String text : List.of("example.com/a:1", "a:1", a.target().digest().toString())) {
      assertEquals(a, kept.images.resolve(SCOPE, text), text);
    }
    assertThrows(NotFoundException.class, () -> kept.images.resolve(SCOPE, "nosuch"));
    kept.images.remove(SCOPE, "example.com/b:1");
    assertEquals(a, kept.images.resolve(SCOPE, "aaaa"));
  }

  @Test
  void aContainerIsToldLeftOutAndRemoved() throws Exception {
    Container a = kept.containers.create(SCOPE, container("a"));
    for (String json : BAD) {
      write("container", "m", json);
      for (Executable call : List.<Executable>of(() -> kept.containers.get(SCOPE, "m"), () -> kept.containers.find(SCOPE, "m"),
          () -> kept.containers.label(SCOPE, "m", Map.of()), () -> kept.containers.update(SCOPE, container("m"), List.of()))) {
        damaged("container 'm' in namespace default", call);
      }
      assertEquals(List.of(a), kept.containers.list(SCOPE, "", 10));
      assertEquals(List.of("m"), ids(kept.containers.damaged(SCOPE)));
      assertThrows(AlreadyExistsException.class, () -> kept.containers.create(SCOPE, container("m")), "it may run");
      kept.containers.remove(SCOPE, "m");
      assertEquals(List.of(), kept.containers.damaged(SCOPE));
    }
  }

  @Test
  void aLeaseIsToldLeftOutAndRemovedWithWhatItHolds() throws Exception {
    Lease a = kept.leases.create(SCOPE, "a", Map.of());
    var held = new Resource("content", target('a').digest().toString());
    for (String json : List.of("", "x", "{}", "{\"labels\":{}}",
        "{\"labels\":{\"containerd.io/gc.expire\":\"soon\"},\"created\":\"2026-01-01T00"
        + ":00:00Z\"}")) {
      kept.leases.create(SCOPE, "m", Map.of());
      kept.leases.add(SCOPE, "m", held);
      write("lease", "m", json);
      for (Executable call : List.<Executable>of(() -> kept.leases.get(SCOPE, "m"), () -> kept.leases.resources(SCOPE, "m"),
          () -> kept.leases.held(SCOPE, "m"), () -> kept.leases.add(SCOPE, "m", held), () -> kept.leases.release(SCOPE, "m", held),
          () -> kept.leases.create(SCOPE, "m", Map.of()))) {
        damaged("lease 'm' in namespace default", call);
      }
      assertEquals(List.of(a), kept.leases.list(SCOPE));
      assertEquals(List.of("m"), ids(kept.leases.damaged(SCOPE)));
      kept.leases.remove(SCOPE, "m");
      assertEquals(List.of(), kept.leases.damaged(SCOPE));
      assertEquals(List.of(), kept.table.list(SCOPE, "held", "", 10));
      kept.leases.create(SCOPE, "m", Map.of());
      assertEquals(List.of(), kept.leases.held(SCOPE, "m"));
      kept.leases.remove(SCOPE, "m");
    }
  }

  @Test
  void aNamespaceStaysListedAndGetsItsRecordAnew() throws Exception {
    kept.images.create(OTHER, "i", target('a'), Map.of());
    for (String json : BAD) {
      write(TableService.NAMESPACES, "other", json);
      for (Executable call : List.<Executable>of(() -> kept.namespaces.get(SCOPE, "other"), () -> kept.namespaces.labels(SCOPE, "other"),
          () -> kept.namespaces.label(SCOPE, "other", Map.of("k", "v")),
          () -> kept.namespaces.update(SCOPE, "other", Map.of(), List.of()))) {
        damaged("namespace 'other'", call);
      }
      assertTrue(kept.namespaces.list(SCOPE).contains("other"));
      var e = assertThrows(ConflictException.class, () -> kept.namespaces.remove(SCOPE, "other"));
      assertTrue(e.getMessage().endsWith("it still has images"), e.getMessage());
      assertEquals(Map.of("k", "v"), kept.namespaces.create(SCOPE, "other", Map.of("k", "v")).labels());
      assertEquals(Map.of("k", "v"), kept.namespaces.labels(SCOPE, "other"));
      assertEquals(1, kept.images.list(OTHER, "", 10).size());
      assertThrows(AlreadyExistsException.class, () -> kept.namespaces.create(SCOPE, "other", Map.of()));
    }
    write("image", "i", "{}");
    write(TableService.NAMESPACES, "default", "x");
    assertThrows(ConflictException.class, () -> kept.namespaces.remove(SCOPE, "default"), "a damaged image is one");
    kept.images.remove(SCOPE, "i");
    kept.namespaces.remove(SCOPE, "default");
    assertEquals(List.of("other"), kept.namespaces.list(SCOPE));
    assertThrows(InvalidException.class, () -> kept.namespaces.create(SCOPE, "", Map.of()));
  }

  /** Wherever it was cut, and whichever field is not there or another thing; what a newer version wrote besides is none of our business. */
  @Test
  void noPartOfARecordIsARecord() throws Throwable {
    kept.images.create(SCOPE, "i", target('a'), Map.of("l", "v"));
    kept.containers.create(SCOPE, container("c"));
    kept.leases.create(SCOPE, "l", Map.of("k", "v"));
    parts("image", "i", () -> kept.images.get(SCOPE, "i"));
    parts("container", "c", () -> kept.containers.get(SCOPE, "c"));
    parts("lease", "l", () -> kept.leases.get(SCOPE, "l"));
  }

  private void parts(String table, String id, Executable read) throws Throwable {
    Row row = kept.table.get(SCOPE, table, id).orElseThrow();
    byte[] good = row.json();
    for (int i = 0; i < good.length; i += 7) {
      write(table, id, Arrays.copyOf(good, i));
      damaged(table + " '" + id + "' in namespace default", read);
    }
    ObjectNode all = (ObjectNode) JSON.readTree(good);
    fields(table, id, all, all, read);
    all.putObject("newer").put("a", 1);
    write(table, id, JSON.writeValueAsBytes(all));
    read.execute();
  }

  private void fields(String table, String id, ObjectNode all, ObjectNode of, Executable read) throws Throwable {
    for (var p : List.copyOf(of.properties())) {
      boolean free = all.get("labels") == of;
      JsonNode good = p.getValue();
      if (!OPTIONAL.contains(p.getKey()) && !free) {
        of.remove(p.getKey());
        write(table, id, JSON.writeValueAsBytes(all));
        damaged(table + " '" + id + "' in namespace default", read);
      }
      for (int wrong = 0; wrong < 2; wrong++) {
        if (wrong == 0) of.putNull(p.getKey());
        else of.put(p.getKey(), 1.5);
        write(table, id, JSON.writeValueAsBytes(all));
        damaged(table + " '" + id + "' in namespace default", read);
      }
      of.set(p.getKey(), good);
      if (List.of("target", "spec", "runtimeOptions", "labels").contains(p.getKey())) {
        fields(table, id, all, (ObjectNode) good, read);
      }
    }
  }

  /** Whatever it is that it lacks. */
  @Test
  void nothingIsWrittenThatCouldNotBeReadAgain() throws Exception {
    var rows = new Rows<String>(kept.table, "thing", "remove it", (id, revision, json) -> json.name("n"));
    ObjectNode nameless = JSON.createObjectNode().put("n", "");
    var e = assertThrows(InvalidException.class, () -> rows.create(SCOPE, "a", nameless));
    assertEquals("thing 'a' in namespace default is not written, for it could not be read again: expected a name 'n', found an empty text",
        e.getMessage());
    assertFalse(rows.has(SCOPE, "a"));
    assertEquals("x", rows.create(SCOPE, "a", JSON.createObjectNode().put("n", "x")));
    assertThrows(InvalidException.class, () -> rows.edit(SCOPE, "a", old -> nameless));
    assertEquals("x", rows.get(SCOPE, "a"));
  }
}
