package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseRecordsTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);
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
    kept.leases.hold(SCOPE, "content", DIGEST);
    kept.leases.hold(SCOPE.withLease("a-b"), "content", DIGEST);
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 503; i++) {
      kept.leases.hold(SCOPE.withLease("a"), "snapshots/overlayfs", "key " + (1000 + i));
      many.add("snapshots/overlayfs/key " + (1000 + i));
    }
    kept.leases.hold(SCOPE.withLease("a"), "snapshots/overlayfs", "key 1000"); // again
    kept.openStore();
    assertEquals(many, kept.leases.held(SCOPE, "a"));
    assertEquals(List.of("content/" + DIGEST), kept.leases.held(SCOPE, "a-b"));
    assertEquals(List.of(), kept.leases.held(SCOPE, "a0"));
    assertEquals(List.of(), kept.leases.held(OTHER, "a"));
    kept.leases.remove(SCOPE, "a");
    kept.leases.create(SCOPE, "a", Map.of());
    assertEquals(List.of(), kept.leases.held(SCOPE, "a"), "a new one of that id holds nothing");
    assertEquals(List.of("content/" + DIGEST), kept.leases.held(SCOPE, "a-b"));
  }

  /** So that whoever looks finds one of the two. */
  @Test
  void oneThingTakesThePlaceOfAnotherInOneChange() throws Exception {
    kept.leases.create(SCOPE, "a", Map.of());
    var write = new Resource("ingests", "r");
    var blob = new Resource("content", DIGEST);
    kept.leases.add(SCOPE, "a", write);
    List<Table.Changed> told = new ArrayList<>();
    try (var watch = kept.table.watch(SCOPE, told::add)) {
      Table.Part part = kept.leases.part(SCOPE.withLease("a"), List.of(blob), List.of(write));
      kept.table.change(SCOPE, part.conditions(), part.changes());
    }
    assertEquals(List.of(blob), kept.leases.resources(SCOPE, "a"));
    assertEquals(List.of("a|" + blob, "a|" + write), told.stream().map(c -> c.place().id()).toList());
    assertEquals(1, told.stream().filter(c -> c.json().isPresent()).count());
    assertTrue(kept.leases.part(SCOPE, List.of(blob), List.of(write)).isEmpty());
    Scope none = SCOPE.withLease("none");
    assertThrows(NotFoundException.class, () -> kept.leases.part(none, List.of(blob), List.of(write)));
    assertThrows(NotFoundException.class, () -> kept.leases.part(none, List.of(), List.of()));
  }

  @Test
  void aPartIsRefusedOnceItsLeaseHasGone() throws Exception {
    kept.leases.create(SCOPE, "a", Map.of());
    Table.Part part = kept.leases.part(SCOPE.withLease("a"), List.of(new Resource("content", DIGEST)), List.of());
    kept.leases.remove(SCOPE, "a");
    assertThrows(ConflictException.class, () -> kept.table.change(SCOPE, part.conditions(), part.changes()));
    kept.leases.create(SCOPE, "a", Map.of());
    assertThrows(ConflictException.class, () -> kept.table.change(SCOPE, part.conditions(), part.changes()), "another one");
  }

  @Test
  void oneThatIsNotThereHoldsNothing() throws Exception {
    kept.leases.create(OTHER, "a", Map.of());
    assertThrows(NotFoundException.class, () -> kept.leases.hold(SCOPE.withLease("a"), "content", DIGEST));
    assertEquals(List.of(), kept.leases.held(SCOPE, "a"));
  }

  @Test
  void holdAndReleaseEveryKindAndNothingElse() throws Exception {
    Lease made = kept.leases.create(SCOPE, "a", Map.of());
    assertEquals(made, kept.leases.get(SCOPE, "a"));
    List<Resource> all = List.of(new Resource("content", DIGEST), new Resource("images", "docker.io/library/redis:latest"), new Resource(
        "ingests", "layer-sha256:1"), new Resource("snapshots/native", "a/b|c"));
    for (Resource r : all) kept.leases.add(SCOPE, "a", r);
    assertEquals(all, kept.leases.resources(SCOPE, "a"));
    kept.leases.release(SCOPE, "a", all.get(1));
    kept.leases.release(SCOPE, "a", all.get(1)); // again
    kept.leases.release(SCOPE, "a", all.get(3));
    assertEquals(List.of(all.get(0), all.get(2)), kept.leases.resources(SCOPE, "a"));
    for (Resource wrong : List.of(new Resource("content", "redis"), new Resource("content", "sha256:1"), new Resource("blobs", "x"),
        new Resource("snapshots", "x"), new Resource("snapshots/", "x"), new Resource("snapshots/a/b", "x"), new Resource("images", ""))) {
      assertThrows(InvalidException.class, () -> kept.leases.add(SCOPE, "a", wrong), wrong::toString);
      assertThrows(InvalidException.class, () -> kept.leases.release(SCOPE, "a", wrong), wrong::toString);
    }
    for (Scope s : List.of(OTHER)) {
      assertThrows(NotFoundException.class, () -> kept.leases.get(s, "a"));
      assertThrows(NotFoundException.class, () -> kept.leases.add(s, "a", all.getFirst()));
      assertThrows(NotFoundException.class, () -> kept.leases.release(s, "a", all.getFirst()));
      assertThrows(NotFoundException.class, () -> kept.leases.resources(s, "a"));
    }
  }

  @Test
  void theEndIsATimeOfRfc3339() throws Exception {
    for (String wrong : List.of("tomorrow", "2030-01-01", "2030-01-01T00:00Z", "2030-01-01T00:00:00", "2030-13-01T00:00:00Z",
        "2030-01-01 00:00:00Z", "1893456000")) {
      var e = assertThrows(InvalidException.class, () -> kept.leases.create(SCOPE, "a", Map.of(Lease.EXPIRE, wrong)), wrong);
      assertTrue(e.getMessage().contains(wrong), e.getMessage());
    }
    assertEquals(List.of(), kept.leases.list(SCOPE));
    assertEquals(Optional.of(Instant.parse("2029-12-31T22:30:00.5Z")), kept.leases.create(SCOPE, "a", Map.of(Lease.EXPIRE,
        "2030-01-01T00:00:00.500+01:30")).expires());
    assertEquals(Optional.empty(), kept.leases.create(SCOPE, "b", Map.of()).expires());
  }

  /** Holds race the removal, with thousands held before: nothing is left, and whoever came too late was told. */
  @Test
  void nothingIsLeftOfOneThatIsRemovedMeanwhile() throws Exception {
    for (int round = 0; round < 5; round++) {
      kept.leases.create(SCOPE, "a", Map.of());
      kept.leases.create(SCOPE, "a0", Map.of());
      kept.leases.add(SCOPE, "a0", new Resource("images", "other"));
      for (int i = 0; i < 1100; i++) kept.leases.add(SCOPE, "a", new Resource("images", "before " + i));
      var told = new AtomicInteger();
      List<Thread> all = new ArrayList<>();
      var begun = new CountDownLatch(4);
      for (int t = 0; t < 4; t++) {
        int n = t;
        all.add(Thread.ofPlatform().start(() -> {
          try {
            for (int i = 0; ; i++) {
              kept.leases.hold(SCOPE.withLease("a"), "images", n + " " + i);
              if (i == 0) begun.countDown();
            }
          } catch (NotFoundException e) {
            told.incrementAndGet();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        }));
      }
      begun.await();
      kept.leases.remove(SCOPE, "a");
      for (Thread t : all) t.join();
      assertEquals(4, told.get());
      assertEquals(List.of("a0|images/other"), kept.table.list(SCOPE, "held", "", 10).stream().map(Row::id).toList());
      kept.leases.remove(SCOPE, "a0");
    }
  }

  /** The moment of the race that is hard to meet: gone, all of it, between the look for the lease and the hold. */
  @Test
  void aHoldThatComesTooLateIsToldAndLeavesNothing() throws Exception {
    for (boolean again : List.of(false, true)) {
      kept.leases.create(SCOPE, "a", Map.of());
      Table late = (Table) Proxy.newProxyInstance(Table.class.getClassLoader(), new Class<?>[] {Table.class}, (self, method, args) -> {
        if (method.getName().equals("change")) {
          kept.leases.remove(SCOPE, "a");
          if (again) kept.leases.create(SCOPE, "a", Map.of());
        }
        try {
          return method.invoke(kept.table, args);
        } catch (InvocationTargetException e) {
          throw e.getCause();
        }
      });
      assertThrows(NotFoundException.class, () -> new LeaseRecords(late).hold(SCOPE.withLease("a"), "images", "x"));
      assertEquals(List.of(), kept.table.list(SCOPE, "held", "", 10));
    }
  }

  /** What a manager leaves that is killed in the middle of a removal. */
  @Test
  void oneThatIsGoingIsThereForNobody() throws Exception {
    kept.leases.create(SCOPE, "a", Map.of());
    kept.leases.add(SCOPE, "a", new Resource("images", "x"));
    kept.leases.mark(SCOPE, kept.table.get(SCOPE, "lease", "a").orElseThrow());
    assertEquals(List.of(), kept.leases.list(SCOPE));
    assertEquals(List.of(), kept.leases.held(SCOPE, "a"));
    assertThrows(NotFoundException.class, () -> kept.leases.get(SCOPE, "a"));
    assertThrows(NotFoundException.class, () -> kept.leases.resources(SCOPE, "a"));
    assertThrows(NotFoundException.class, () -> kept.leases.hold(SCOPE.withLease("a"), "images", "y"));
    kept.leases.create(SCOPE, "a", Map.of());
    assertEquals(List.of(), kept.leases.held(SCOPE, "a"), "the new one");
    kept.leases.mark(SCOPE, kept.table.get(SCOPE, "lease", "a").orElseThrow());
    kept.leases.remove(SCOPE, "a");
    assertEquals(List.of(), kept.table.tables(SCOPE), "no row is left");
  }

  @Test
  void aCollectionTakesTheOneThatItSaw() throws Exception {
    var held = new Resource("images", "x");
    Lease seen = kept.leases.create(SCOPE, "a", Map.of());
    kept.leases.remove(SCOPE, "a");
    assertFalse(kept.leases.collect(SCOPE, seen));
    assertEquals(List.of(), kept.table.tables(SCOPE), "no row is made");
    Lease now = kept.leases.create(SCOPE, "a", Map.of());
    kept.leases.add(SCOPE, "a", held);
    assertFalse(kept.leases.collect(SCOPE, seen));
    assertEquals(now, kept.leases.get(SCOPE, "a"));
    assertEquals(List.of(held), kept.leases.resources(SCOPE, "a"));
    assertTrue(kept.leases.collect(SCOPE, now));
    assertEquals(List.of(), kept.table.tables(SCOPE), "no row is left");
  }

  /** More of them than a page, one with more things than a page, beside one that is there, one that is damaged and another namespace. */
  @Test
  void removalsThatWereCutAreEnded() throws Exception {
    for (Scope s : List.of(SCOPE, OTHER)) {
      kept.leases.create(s, "there", Map.of());
      kept.leases.add(s, "there", new Resource("images", "x"));
      kept.leases.create(s, "cut", Map.of());
      for (int i = 0; i < 503; i++) kept.leases.add(s, "cut", new Resource("images", "i" + i));
      kept.leases.mark(s, kept.table.get(s, "lease", "cut").orElseThrow());
    }
    byte[] going = kept.table.get(SCOPE, "lease", "cut").orElseThrow().json();
    for (int i = 0; i < 503; i++) put("cut " + i, going);
    put("damaged", "{".getBytes(StandardCharsets.US_ASCII));
    for (int twice = 0; twice < 2; twice++) {
      kept.leases.sweep(SCOPE);
      assertEquals(List.of("damaged", "there"), ids(SCOPE, "lease"));
      assertEquals(List.of("there|images/x"), ids(SCOPE, "held"));
    }
    assertEquals(List.of("cut", "there"), ids(OTHER, "lease"));
    kept.leases.remove(OTHER, "there");
    assertThrows(ConflictException.class, () -> kept.namespaces.remove(SCOPE, "other"));
    kept.leases.sweep(OTHER);
    kept.namespaces.remove(SCOPE, "other");
  }

  private void put(String id, byte[] json) throws IOException {
    kept.table.change(SCOPE, List.of(new Change("lease", id, Table.ABSENT, Optional.of(json))));
  }

  private List<String> ids(Scope scope, String table) throws IOException {
    return kept.table.list(scope, table, "", 1000).stream().map(Row::id).toList();
  }
}
