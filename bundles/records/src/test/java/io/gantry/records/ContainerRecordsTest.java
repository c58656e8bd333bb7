package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.service.record.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerRecordsTest {
  private static final byte[] ANY = {0, -1, 127, '{', '"', 10, -128};
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

  private static Container container(String id, Map<String, String> labels) {
    return new Container(id, "docker.io/library/redis:latest", "io.containerd.runc.v2", Optional.of(new Typed("options", new byte[0])),
        new Typed("types.containerd.io/spec", ANY), "overlayfs", "key of " + id,
        Map.of("ext.one", new Typed("one", ANY), "ext.two", new Typed("", new byte[] {1})), labels, Instant.EPOCH, Instant.EPOCH, 0);
  }

  private static Container plain(String id) {
    return new Container(id, "", "", Optional.empty(), new Typed("", new byte[0]), "", "", Map.of(), Map.of(), Instant.EPOCH, Instant.EPOCH,
        0);
  }

  private static Container with(Container c, String image) {
    return new Container(c.id(), image, c.runtime(), c.runtimeOptions(), c.spec(), c.snapshotter(), c.snapshotKey(), c.extensions(),
        c.labels(), Instant.MAX, Instant.MAX, c.revision());
  }

  @Test
  void keepsEveryByteAlsoOverAReopening() throws Exception {
    Instant before = Instant.now();
    Container made = kept.containers.create(SCOPE, container("a", Map.of("k", "v")));
    Container bare = kept.containers.create(SCOPE, plain("b"));
    assertFalse(made.created().isBefore(before.minusMillis(1)));
    assertEquals(made.created(), made.updated());
    assertTrue(made.revision() > 0);
    Container given = container("a", Map.of("k", "v"));
    assertEquals(new Container("a", given.image(), given.runtime(), given.runtimeOptions(), given.spec(), "overlayfs", "key of a",
        given.extensions(), Map.of("k", "v"), made.created(), made.updated(), made.revision()), made);
    kept.close();
    kept = new Kept(root);
    assertEquals(made, kept.containers.get(SCOPE, "a"));
    assertEquals(List.of(made, bare), kept.containers.list(SCOPE, "", 10));
    assertEquals(List.of(bare), kept.containers.list(SCOPE, "a", 10));
  }

  @Test
  void anIdIsTakenInItsNamespaceAlone() throws Exception {
    kept.containers.create(SCOPE, plain("a"));
    var e = assertThrows(AlreadyExistsException.class, () -> kept.containers.create(SCOPE, plain("a")));
    assertTrue(e.getMessage().contains("'a'") && e.getMessage().contains("default"), e.getMessage());
    kept.containers.create(OTHER, container("a", Map.of()));
    kept.containers.remove(SCOPE, "a");
    assertEquals(Optional.empty(), kept.containers.find(SCOPE, "a"));
    assertEquals("overlayfs", kept.containers.get(OTHER, "a").snapshotter());
    assertEquals(List.of(), kept.containers.list(SCOPE, "", 10));
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    kept.containers.create(OTHER, plain("a"));
    kept.told.news();
    var e = assertThrows(NotFoundException.class, () -> kept.containers.get(SCOPE, "a"));
    assertTrue(e.getMessage().contains("container 'a'") && e.getMessage().contains("default"), e.getMessage());
    assertThrows(NotFoundException.class, () -> kept.containers.remove(SCOPE, "a"));
    assertThrows(NotFoundException.class, () -> kept.containers.label(SCOPE, "a", Map.of("k", "v")));
    assertThrows(NotFoundException.class, () -> kept.containers.update(SCOPE, plain("a")), "an update makes nothing");
    assertEquals(List.of(), kept.containers.list(SCOPE, "", 10));
    assertEquals(List.of(), kept.told.news(), "what failed is not told");
  }

  @Test
  void anUpdateNeedsTheRevisionThatIsThere() throws Exception {
    Container made = kept.containers.create(SCOPE, plain("a"));
    Container moved = kept.containers.update(SCOPE, with(made, "second"));
    assertEquals(with(made, "second").image(), moved.image());
    assertEquals(made.created(), moved.created(), "whatever the caller says");
    assertTrue(!moved.updated().isBefore(made.updated()) && moved.updated().isBefore(Instant.now().plusSeconds(1)));
    assertTrue(moved.revision() > made.revision());
    var e = assertThrows(ConflictException.class, () -> kept.containers.update(SCOPE, with(made, "third")));
    assertTrue(e.getMessage().contains(" " + made.revision()) && e.getMessage().contains(" " + moved.revision()), e.getMessage());
    assertThrows(ConflictException.class, () -> kept.containers.update(SCOPE, plain("a")), "0 is no wild card");
    assertEquals(moved, kept.containers.get(SCOPE, "a"));
  }

  @Test
  void labelsAreMergedAndAnEmptyOneGoes() throws Exception {
    kept.containers.create(SCOPE, container("a", Map.of("a", "1", "b", "2")));
    Container c = kept.containers.label(SCOPE, "a", Map.of("b", "", "c", "3", "never", ""));
    assertEquals(Map.of("a", "1", "c", "3"), c.labels());
    assertEquals(c, kept.containers.get(SCOPE, "a"));
    assertEquals(new Typed("types.containerd.io/spec", ANY), c.spec());
    assertThrows(InvalidException.class, () -> kept.containers.label(SCOPE, "a", Map.of("k", "x".repeat(4096))));
    assertThrows(InvalidException.class, () -> kept.containers.create(SCOPE, container("b", Map.of("", "x"))));
    assertEquals(List.of(c), kept.containers.list(SCOPE, "", 10));
  }

  /** No label is lost, however many come at once. */
  @Test
  void manyMayLabelAtOnce() throws Exception {
    kept.containers.create(SCOPE, plain("a"));
    try (var pool = Executors.newFixedThreadPool(16)) {
      List<Future<Container>> all = new ArrayList<>();
      for (int t = 0; t < 40; t++) {
        String key = "k" + t;
        all.add(pool.submit(() -> kept.containers.label(SCOPE, "a", Map.of(key, "v"))));
      }
      for (Future<Container> f : all) f.get();
    }
    assertEquals(40, kept.containers.get(SCOPE, "a").labels().size());
  }

  /** Of those who change the same revision one wins, and the others are told. */
  @Test
  void oneOfManyUpdatesWins() throws Exception {
    Container made = kept.containers.create(SCOPE, plain("a"));
    List<String> won = new ArrayList<>();
    List<Callable<String>> all = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      String image = "image-" + t;
      all.add(() -> {
        try {
          return kept.containers.update(SCOPE, with(made, image)).image();
        } catch (ConflictException e) {
          return "";
        }
      });
    }
    try (var pool = Executors.newFixedThreadPool(4)) {
      for (Future<String> f : pool.invokeAll(all)) if (!f.get().isEmpty()) won.add(f.get());
    }
    assertEquals(List.of(kept.containers.get(SCOPE, "a").image()), won);
  }

  @Test
  void changesAreToldInOrder() throws Exception {
    Container made = kept.containers.create(SCOPE, plain("a"));
    kept.containers.label(SCOPE, "a", Map.of("k", "v"));
    kept.containers.update(SCOPE, with(kept.containers.get(SCOPE, "a"), "i"));
    kept.containers.remove(SCOPE, "a");
    assertThrows(NotFoundException.class, () -> kept.containers.remove(SCOPE, made.id()));
    assertEquals(List.of("default /containers/create {id=a, image=, runtime={name=}}",
        "default /containers/update {id=a, image=, labels={k=v}, snapshot_key=}",
        "default /containers/update {id=a, image=i, labels={k=v}, snapshot_key=}",
        "default /containers/delete {id=a}"), kept.told.lines());
  }

  @Test
  void anUpdateReplacesWhatItsMaskNames() throws Exception {
    Container made = kept.containers.create(SCOPE, container("a", Map.of("a", "1", "b", "2")));
    var given = new Container("a", "other", made.runtime(), Optional.empty(), new Typed("spec2", new byte[] {9}), made.snapshotter(),
        "key2",
        Map.of("ext.two", new Typed("new", new byte[0]), "e.3", new Typed("e", ANY)), Map.of("a", "3", "b", ""), Instant.EPOCH,
        Instant.EPOCH,
        0);
    Container now = kept.containers.update(SCOPE, given, List.of("labels.a", "extensions.ext.one", "extensions.e.3"));
    assertEquals(Map.of("a", "3", "b", "2"), now.labels());
    assertEquals(Map.of("ext.two", made.extensions().get("ext.two"), "e.3", new Typed("e", ANY)), now.extensions());
    assertEquals(made.spec(), now.spec());
    now = kept.containers.update(SCOPE, given, List.of("spec", "labels.b"));
    assertEquals(List.of(given.spec(), made.image(), made.snapshotKey(), Map.of("a", "3")), List.of(now.spec(), now.image(), now
        .snapshotKey(), now.labels()));
    assertEquals("other", kept.containers.update(SCOPE, given, List.of("image")).image());
    assertEquals("key2", kept.containers.update(SCOPE, given, List.of("snapshotkey")).snapshotKey());
    assertEquals("", kept.containers.update(SCOPE, plain("a"), List.of("snapshot_key")).snapshotKey());
    assertEquals(given.extensions(), kept.containers.update(SCOPE, given, List.of("extensions")).extensions());
    assertEquals(Map.of(), kept.containers.update(SCOPE, plain("a"), List.of("labels")).labels());
    Container all = kept.containers.update(SCOPE, given, List.of());
    assertEquals(new Container("a", "other", made.runtime(), made.runtimeOptions(), given.spec(), "overlayfs", "key2", given.extensions(),
        Map.of("a", "3"), made.created(), all.updated(), all.revision()), all, "options stay, as containerd's do");
    assertEquals(all, kept.containers.get(SCOPE, "a"));
  }

  @Test
  void whatNothingChangesIsRefused() throws Exception {
    Container made = kept.containers.create(SCOPE, container("a", Map.of()));
    for (String path : List.of("snapshotter", "runtime", "runtime.name", "id", "sandbox", "labels.", "")) {
      var e = assertThrows(InvalidException.class, () -> kept.containers.update(SCOPE, made, List.of("image", path)), path);
      assertEquals("cannot update \"" + path + "\" field on \"a\"", e.getMessage());
    }
    for (Container other : List.of(other(made, "native", made.runtime(), ""), other(made, made.snapshotter(), "crun", ""), other(made, made
        .snapshotter(), made.runtime(), "s"))) {
      var e = assertThrows(InvalidException.class, () -> kept.containers.update(SCOPE, other, List.of()));
      assertTrue(e.getMessage().contains("field is immutable"), e.getMessage());
    }
    assertThrows(InvalidException.class, () -> kept.containers.update(SCOPE, with(made, "x"), List.of("extensions.")));
    assertThrows(NotFoundException.class, () -> kept.containers.update(OTHER, made, List.of()));
    assertEquals(made, kept.containers.get(SCOPE, "a"));
  }

  private static Container other(Container c, String snapshotter, String runtime, String sandbox) {
    return new Container(c.id(), c.image(), runtime, c.runtimeOptions(), c.spec(), snapshotter, c.snapshotKey(), c.extensions(), sandbox, c
        .labels(), c.created(), c.updated(), c.revision());
  }

  @Test
  void areInASandboxFromTheStart() throws Exception {
    Container made = kept.containers.create(SCOPE, other(container("a", Map.of()), "overlayfs", "runc", "s"));
    assertEquals("s", made.sandbox());
    assertEquals("s", kept.containers.label(SCOPE, "a", Map.of("k", "v")).sandbox());
    assertEquals("s", kept.containers.update(SCOPE, plain("a"), List.of("image")).sandbox());
    assertEquals("s", kept.containers.get(SCOPE, "a").sandbox());
  }

  /** What could not be read again, or not be started, is refused while there is nothing to be damaged. */
  @Test
  void whatIsTooLargeToBeReadIsRefused() throws Exception {
    Container made = kept.containers.create(SCOPE, extended("a", "k".repeat(4096), new byte[4 << 20]));
    assertEquals(made, kept.containers.get(SCOPE, "a"));
    var key = assertThrows(InvalidException.class, () -> kept.containers.create(SCOPE, extended("b", "é".repeat(30_000), ANY)));
    assertEquals("container.Extensions of \"b\" have a key of 60000 bytes, '" + "é".repeat(40) + "…'; at most 4096 are kept",
        key.getMessage());
    var spec = assertThrows(InvalidException.class, () -> kept.containers.create(SCOPE, extended("b", "k", new byte[(4 << 20) + 1])));
    assertEquals("container.Spec of \"b\" takes 4194305 bytes; at most 4194304 are read when it starts", spec.getMessage());
    assertEquals(Optional.empty(), kept.containers.find(SCOPE, "b"));
    Container given = extended("a", "k".repeat(60_000), new byte[(4 << 20) + 1]);
    for (List<String> mask : List.of(List.<String>of(), List.of("spec"), List.of("extensions"))) {
      assertThrows(InvalidException.class, () -> kept.containers.update(SCOPE, given, mask));
    }
    Container larger = extended("a", "k", given.spec().value());
    assertThrows(InvalidException.class, () -> kept.containers.update(SCOPE, new Container("a", "", "", Optional.empty(), larger.spec(), "",
        "", larger.extensions(), Map.of(), Instant.EPOCH, Instant.EPOCH, made.revision())));
    assertEquals(made, kept.containers.get(SCOPE, "a"));
  }

  private static Container extended(String id, String extension, byte[] spec) {
    return new Container(id, "", "", Optional.empty(), new Typed("", spec), "", "", Map.of(extension, new Typed("", ANY)), Map.of(),
        Instant.EPOCH, Instant.EPOCH, 0);
  }

  @Test
  void wrongOnesAreRefused() {
    for (String id : List.of("", "../x", "a/b", "a b", "-a", "a".repeat(77))) {
      assertThrows(InvalidException.class, () -> kept.containers.create(SCOPE, plain(id)), id);
    }
    Container c = container("a", Map.of());
    assertThrows(InvalidException.class, () -> kept.containers.create(SCOPE, other(c, "", "runc", "")), "a key and no snapshotter");
    assertThrows(InvalidException.class, () -> kept.containers.create(SCOPE, new Container("a", "", "", Optional.empty(), c.spec(), "", "",
        Map.of("", c.spec()), Map.of(), Instant.EPOCH, Instant.EPOCH, 0)));
  }
}
