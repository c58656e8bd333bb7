package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Namespace;
import io.gantry.service.record.Table.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceRecordsTest {
  private static final Scope MADE = SCOPE.withNamespace("made");
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

  @Test
  void areMadeChangedAndRemovedAndTold() throws Exception {
    Namespace made = kept.namespaces.create(SCOPE, "made", Map.of("a", "1", "b", "2", "none", ""));
    assertEquals(new Namespace("made", Map.of("a", "1", "b", "2"), made.revision()), made);
    assertEquals(made, kept.namespaces.get(OTHER, "made"));
    assertEquals(List.of("made"), kept.namespaces.list(SCOPE), "who makes one does not make its own");
    assertThrows(AlreadyExistsException.class, () -> kept.namespaces.create(SCOPE, "made", Map.of()));
    Map<String, String> given = Map.of("a", "3", "b", "", "c", "4");
    assertEquals(Map.of("a", "3", "b", "2"), kept.namespaces.update(SCOPE, "made", given, List.of("labels.a")).labels());
    assertEquals(Map.of("a", "3", "c", "4"), kept.namespaces.update(SCOPE, "made", given, List.of("labels.b", "labels.c")).labels());
    assertEquals(Map.of("c", "4"), kept.namespaces.update(SCOPE, "made", Map.of(), List.of("labels.a")).labels());
    assertEquals(Map.of("x", "y"), kept.namespaces.update(SCOPE, "made", Map.of("x", "y"), List.of()).labels());
    assertEquals(Map.of("z", "y"), kept.namespaces.update(SCOPE, "made", Map.of("z", "y"), List.of("labels")).labels());
    var e = assertThrows(InvalidException.class, () -> kept.namespaces.update(SCOPE, "made", given, List.of("name")));
    assertEquals("cannot update \"name\" field in namespace \"made\"", e.getMessage());
    assertThrows(InvalidException.class, () -> kept.namespaces.update(SCOPE, "made", given, List.of("labels.")));
    kept.namespaces.remove(SCOPE, "made");
    assertThrows(NotFoundException.class, () -> kept.namespaces.get(SCOPE, "made"));
    assertThrows(NotFoundException.class, () -> kept.namespaces.remove(SCOPE, "made"));
    assertThrows(NotFoundException.class, () -> kept.namespaces.update(SCOPE, "made", given, List.of()));
    assertEquals(List.of(), kept.namespaces.list(SCOPE));
    assertEquals(List.of("made /namespaces/create {labels={a=1, b=2}, name=made}", "made /namespaces/update {labels={a=3, b=2}, name=made}",
        "made /namespaces/update {labels={a=3, c=4}, name=made}", "made /namespaces/update {labels={c=4}, name=made}",
        "made /namespaces/update {labels={x=y}, name=made}", "made /namespaces/update {labels={z=y}, name=made}",
        "made /namespaces/delete {name=made}"), kept.told.lines());
  }

  @Test
  void haveNamesThatMayBeFolders() {
    for (String wrong : List.of("", "../x", "a/b", ".", "a..b", "-a", "a b", "é", "a".repeat(77))) {
      assertThrows(InvalidException.class, () -> kept.namespaces.create(SCOPE, wrong, Map.of()), wrong);
      assertThrows(InvalidException.class, () -> kept.namespaces.label(SCOPE, wrong, Map.of("a", "b")), wrong);
    }
  }

  @Test
  void oneWithRecordsStays() throws Exception {
    kept.images.create(MADE, "i", Descriptor.of("m", Digest.parse("sha256:" + "a".repeat(64)), 1), Map.of());
    kept.leases.create(MADE, "l", Map.of());
    kept.leases.add(MADE, "l", new Resource("images", "i"));
    kept.table.change(MADE, List.of(new Change("snapshot", "s", 0, Optional.of(new byte[0]))));
    kept.table.change(SCOPE.withNamespace("made2"), List.of(new Change("content", "s", 0, Optional.of(new byte[0]))));
    var e = assertThrows(ConflictException.class, () -> kept.namespaces.remove(SCOPE, "made"));
    assertEquals("namespace \"made\" must be empty, but it still has leases, images, snapshots", e.getMessage());
    kept.images.remove(MADE, "i");
    kept.leases.remove(MADE, "l");
    kept.table.change(MADE, List.of(new Change("snapshot", "s", -1, Optional.empty())));
    kept.namespaces.remove(SCOPE, "made");
    assertEquals(List.of("made2"), kept.namespaces.list(SCOPE));
    kept.leases.create(MADE, "l", Map.of());
    assertEquals(List.of("made", "made2"), kept.namespaces.list(SCOPE), "there again with its next record");
  }

  /** However a first record and the removal meet, a namespace with a record is there. */
  @Test
  void aRecordThatComesMeanwhileWins() throws Exception {
    try (var pool = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 200; i++) {
        kept.namespaces.label(SCOPE, "made", Map.of("a", "1"));
        Future<?> write = pool.submit(() -> kept.leases.create(MADE, "l", Map.of()));
        Future<Boolean> removed = pool.submit(() -> {
          try {
            kept.namespaces.remove(SCOPE, "made");
            return true;
          } catch (ConflictException e) {
            return false;
          }
        });
        write.get();
        boolean gone = removed.get();
        assertEquals(List.of("made"), kept.namespaces.list(SCOPE));
        if (!gone) assertEquals(Map.of("a", "1"), kept.namespaces.labels(SCOPE, "made"));
        kept.leases.remove(MADE, "l");
        kept.namespaces.remove(SCOPE, "made");
      }
    }
  }

  @Test
  void haveLabels() throws Exception {
    kept.namespaces.label(SCOPE, "made", Map.of("a", "1", "b", "2"));
    kept.namespaces.label(SCOPE, "made", Map.of("a", "", "c", "3"));
    kept.openStore();
    assertEquals(Map.of("b", "2", "c", "3"), kept.namespaces.labels(OTHER, "made"));
    assertEquals(Map.of(), kept.namespaces.labels(SCOPE, "never"));
    assertEquals(List.of("made"), kept.namespaces.list(OTHER));
    assertThrows(InvalidException.class, () -> kept.namespaces.label(SCOPE, "made", Map.of("k", "x".repeat(4096))));
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String key = "k" + i;
      all.add(Thread.ofPlatform().start(() -> {
        try {
          kept.namespaces.label(SCOPE, "made", Map.of(key, "v"));
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }));
    }
    for (Thread t : all) t.join();
    assertEquals(10, kept.namespaces.labels(SCOPE, "made").size(), "none is lost of those that come at once");
  }
}
