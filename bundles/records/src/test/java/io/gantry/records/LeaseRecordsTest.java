package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.service.record.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseRecordsTest {
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
  void areMadeListedAndRemoved() throws Exception {
    Lease a = kept.leases.create(SCOPE, "a", Map.of("containerd.io/gc.expire", "2030-01-01T00:00:00Z"));
    assertEquals("2030-01-01T00:00:00Z", a.labels().get("containerd.io/gc.expire"));
    Lease b = kept.leases.create(SCOPE, "b", Map.of());
    assertNotEquals(kept.leases.create(OTHER, "", Map.of()).id(), kept.leases.create(OTHER, "", Map.of()).id());
    assertEquals(List.of(a, b), kept.leases.list(SCOPE));
    assertThrows(AlreadyExistsException.class, () -> kept.leases.create(SCOPE, "a", Map.of()));
    assertThrows(InvalidException.class, () -> kept.leases.create(SCOPE, "a|b", Map.of()));
    kept.leases.remove(SCOPE, "a");
    assertEquals(List.of(b), kept.leases.list(SCOPE));
    assertThrows(NotFoundException.class, () -> kept.leases.remove(SCOPE, "a"));
  }

  /** Ids of which one begins with the other, more things than a page, and the store opened anew. */
  @Test
  void holdWhatTheyWereGiven() throws Exception {
    for (String id : List.of("a", "a-b", "a0")) kept.leases.create(SCOPE, id, Map.of());
    kept.leases.hold(SCOPE, "content", "nobody's");
    kept.leases.hold(SCOPE.withLease("a-b"), "content", "sha256:1");
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 503; i++) {
      kept.leases.hold(SCOPE.withLease("a"), "snapshots/overlayfs", "key " + (1000 + i));
      many.add("snapshots/overlayfs/key " + (1000 + i));
    }
    kept.leases.hold(SCOPE.withLease("a"), "snapshots/overlayfs", "key 1000"); // again
    kept.openStore();
    assertEquals(many, kept.leases.held(SCOPE, "a"));
    assertEquals(List.of("content/sha256:1"), kept.leases.held(SCOPE, "a-b"));
    assertEquals(List.of(), kept.leases.held(SCOPE, "a0"));
    assertEquals(List.of(), kept.leases.held(OTHER, "a"));
    kept.leases.remove(SCOPE, "a");
    kept.leases.create(SCOPE, "a", Map.of());
    assertEquals(List.of(), kept.leases.held(SCOPE, "a"), "a new one of that id holds nothing");
    assertEquals(List.of("content/sha256:1"), kept.leases.held(SCOPE, "a-b"));
  }

  @Test
  void oneThatIsNotThereHoldsNothing() throws Exception {
    kept.leases.create(OTHER, "a", Map.of());
    assertThrows(NotFoundException.class, () -> kept.leases.hold(SCOPE.withLease("a"), "content", "sha256:1"));
    assertEquals(List.of(), kept.leases.held(SCOPE, "a"));
  }

  @Test
  void namespacesHaveLabels() throws Exception {
    kept.namespaces.label(SCOPE, "made", Map.of("a", "1", "b", "2"));
    kept.namespaces.label(SCOPE, "made", Map.of("a", "", "c", "3"));
    kept.openStore();
    assertEquals(Map.of("b", "2", "c", "3"), kept.namespaces.labels(OTHER, "made"));
    assertEquals(Map.of(), kept.namespaces.labels(SCOPE, "never"));
    assertEquals(List.of("default", "made"), kept.namespaces.list(OTHER));
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
