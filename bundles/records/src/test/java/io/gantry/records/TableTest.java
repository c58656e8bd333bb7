package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.LentDrivers;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Condition;
import io.gantry.service.record.Table.Place;
import io.gantry.service.record.Table.Placed;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class TableTest {
  private static final byte[] JSON = "{}".getBytes();
  @TempDir Path root;
  private Kept kept;
  private Table table;

  @BeforeEach
  void open() throws IOException {
    kept = new Kept(root);
    table = kept.table;
  }

  @AfterEach
  void close() throws IOException {
    kept.close();
  }

  private static Change put(String id, long revision) {
    return new Change("t", id, revision, Optional.of(JSON));
  }

  private List<String> ids(Scope scope, String after, int max) throws IOException {
    return table.list(scope, "t", after, max).stream().map(Row::id).toList();
  }

  @Test
  void pagesInOrderOfId() throws Exception {
    for (String id : List.of("c", "a", "é", "b/1", "b", "A", "b-")) table.change(SCOPE, List.of(put(id, 0)));
    assertEquals(List.of("A", "a", "b", "b-", "b/1", "c", "é"), ids(SCOPE, "", 100));
    assertEquals(List.of("A", "a"), ids(SCOPE, "", 2));
    assertEquals(List.of("b", "b-"), ids(SCOPE, "a", 2));
    assertEquals(List.of("b", "b-"), ids(SCOPE, "aa", 2), "after an id that is not there");
    assertEquals(List.of(), ids(SCOPE, "é", 2));
  }

  private static TableService.Config store(String name) {
    return new TableService.Config() {
      @Override
      public String store() {
        return name;
      }

      @Override
      public Class<? extends java.lang.annotation.Annotation> annotationType() {
        return TableService.Config.class;
      }
    };
  }

  /** In place: a new instance would take everyone who refers to it along. */
  @Test
  void aChangedConfigurationIsThatOfTheNextCall() throws Exception {
    kept.parts.driver(MapDbComponent.class, "metadata", "second", Map.of());
    table.change(SCOPE, List.of(put("a", 0)));
    kept.table.modified(store("second"));
    assertEquals(List.of(), ids(SCOPE, "", 10));
    table.change(SCOPE, List.of(put("b", 0)));
    kept.table.modified(store("no driver's name")); // what was in use before stays
    assertEquals(List.of("b"), ids(SCOPE, "", 10));
    assertEquals(List.of("default"), kept.namespaces.list(SCOPE), "a namespace that the store before had is new to this one");
    kept.table.modified(store("mapdb"));
    assertEquals(List.of("a"), ids(SCOPE, "", 10));
  }

  /** A constructor that throws would take every command that needs records away, until the next start. */
  @Test
  void aWrongStoreAtTheStartIsToldByEachCall() throws Exception {
    TableService wrong = kept.parts.start(TableService.class, Map.of("store", "a/b"));
    List<Executable> calls = List.of(() -> wrong.get(SCOPE, "t", "a"), () -> wrong.list(SCOPE, "t", "", 1),
        () -> wrong.change(SCOPE, List.of(put("a", 0))));
    for (Executable call : calls) {
      String message = assertThrows(InvalidException.class, call).getMessage();
      assertTrue(message.startsWith("records.cfg: store = 'a/b' is no name of a driver: expected "), message);
    }
    wrong.modified(store("none either"));
    assertTrue(assertThrows(InvalidException.class, calls.getFirst()).getMessage().startsWith("records.cfg: store = 'none either' "));
    wrong.modified(store("mapdb"));
    wrong.change(SCOPE, List.of(put("a", 0)));
    assertEquals(List.of("a"), ids(SCOPE, "", 10));
  }

  /** Names of which one begins with the other lie side by side in the store. */
  @Test
  void showsNoOtherNamespaceAndNoOtherTable() throws Exception {
    for (String namespace : List.of("a", "a-b", "a.b", "aa", "default")) {
      table.change(SCOPE.withNamespace(namespace), List.of(put("of " + namespace, 0)));
    }
    table.change(SCOPE.withNamespace("a"), List.of(new Change("ta", "x", 0, Optional.of(JSON)),
        new Change("T", "x", 0, Optional.of(JSON))));
    for (String namespace : List.of("a", "a-b", "a.b", "aa", "default")) {
      assertEquals(List.of("of " + namespace), ids(SCOPE.withNamespace(namespace), "", 100));
    }
    assertEquals(Optional.empty(), table.get(SCOPE.withNamespace("aa"), "t", "of a"));
    assertEquals(Optional.empty(), table.get(SCOPE.withNamespace("a"), "ta", "of a"));
  }

  @Test
  void pagesOverAllNamespaces() throws Exception {
    var expected = new ArrayList<Place>();
    for (String namespace : List.of("a", "a-b", "a.b", "b")) {
      for (String id : List.of("1", "a/b", "é")) {
        table.change(SCOPE.withNamespace(namespace), List.of(put(id, 0), new Change("ta", "x", -1, Optional.of(JSON)),
            new Change("T", "x", -1,
            Optional.of(JSON))));
        expected.add(new Place(namespace, id));
      }
    }
    for (int max : List.of(1, 2, 3, 5, 12, 13)) {
      var met = new ArrayList<Place>();
      Place after = Place.START;
      for (List<Placed> page = table.all(OTHER, "t", after, max); !page.isEmpty(); page = table.all(OTHER, "t", after, max)) {
        assertTrue(page.size() <= max);
        for (Placed row : page) met.add(row.place());
        after = met.getLast();
      }
      assertEquals(expected, met);
    }
    assertEquals(new Place("a-b", "1"), table.all(OTHER, "t", new Place("a", "ê"), 1).getFirst().place(), "after a place with no row");
    Placed first = table.all(SCOPE, "t", Place.START, 1).getFirst();
    assertEquals(table.get(SCOPE.withNamespace("a"), "t", "1").orElseThrow().revision(), first.revision());
    assertArrayEquals(JSON, first.json());
    assertEquals(List.of(), table.all(SCOPE, "s", Place.START, 5));
  }

  @Test
  void namesTheTablesThatANamespaceHasRowsIn() throws Exception {
    for (String t : List.of("z", "b", "b2", "é")) {
      table.change(SCOPE.withNamespace("a"), List.of(new Change(t, "x", 0, Optional.of(JSON)), new Change(t, "y", 0, Optional.of(JSON))));
    }
    table.change(SCOPE.withNamespace("a-b"), List.of(new Change("c", "x", 0, Optional.of(JSON)),
        new Change("b", "x", 0, Optional.of(JSON))));
    assertEquals(List.of("b", "b2", "z", "é"), table.tables(SCOPE.withNamespace("a")));
    assertEquals(List.of("b", "c"), table.tables(SCOPE.withNamespace("a-b")));
    assertEquals(List.of(), table.tables(SCOPE));
  }

  @Test
  void conditionsHoldForRowsThatStayAsTheyAre() throws Exception {
    long a = table.change(SCOPE, List.of(put("a", 0)));
    table.change(SCOPE, List.of(new Condition("t", "a", a), new Condition("t", "b", Table.ABSENT), new Condition("t", "a", Table.PRESENT)),
        List.of(put("c", 0)));
    for (Condition wrong : List.of(new Condition("t", "a", a + 1), new Condition("t", "a", Table.ABSENT), new Condition("t", "b",
        Table.PRESENT), new Condition("t", "b", a))) {
      assertThrows(ConflictException.class, () -> table.change(SCOPE, List.of(wrong), List.of(put("d", 0))), wrong::toString);
    }
    assertEquals(List.of("a", "c"), ids(SCOPE, "", 10));
    assertEquals(a, table.get(SCOPE, "t", "a").orElseThrow().revision());
  }

  @Test
  void carriesOutAllOrNothing() throws Exception {
    long first = table.change(SCOPE, List.of(put("a", 0)));
    var e = assertThrows(ConflictException.class, () -> table.change(SCOPE, List.of(put("b", 0), put("a", 0))));
    assertTrue(e.getMessage().contains("t/default/a") && e.getMessage().contains(Long.toString(first)), e.getMessage());
    assertThrows(ConflictException.class, () -> table.change(SCOPE, List.of(put("b", 0), put("a", first + 1))));
    assertThrows(ConflictException.class, () -> table.change(SCOPE, List.of(put("b", first), put("a", first))));
    assertEquals(List.of("a"), ids(SCOPE, "", 10));
    long second = table.change(SCOPE, List.of(new Change("u", "b", 0, Optional.of(new byte[] {1})), put("a", first)));
    assertTrue(second > first);
    assertEquals(second, table.get(SCOPE, "t", "a").orElseThrow().revision());
    Row other = table.get(SCOPE, "u", "b").orElseThrow();
    assertEquals(second, other.revision());
    assertArrayEquals(new byte[] {1}, other.json());
    table.change(SCOPE, List.of(new Change("t", "a", second, Optional.empty()), new Change("t", "never", -1, Optional.empty()),
        put("c", -1)));
    assertEquals(List.of("c"), ids(SCOPE, "", 10));
  }

  @Test
  void aNamespaceIsThereFromItsFirstRecordOn() throws Exception {
    assertEquals(List.of(), kept.namespaces.list(SCOPE));
    assertThrows(ConflictException.class, () -> table.change(OTHER, List.of(put("a", 7))));
    assertEquals(List.of(), kept.namespaces.list(SCOPE), "a change that failed makes none");
    table.change(OTHER, List.of(put("a", 0)));
    table.change(SCOPE, List.of(put("a", 0)));
    assertEquals(List.of("default", "other"), kept.namespaces.list(SCOPE));
    table.change(OTHER, List.of(new Change("t", "a", -1, Optional.empty())));
    assertEquals(List.of("default", "other"), kept.namespaces.list(SCOPE), "and stays");
  }

  /** Another one labels the namespace between the look whether it is there and the first record. */
  @Test
  void itsLabelsSurviveAFirstRecordAtTheSameMoment() throws Exception {
    var late = new TableService(new LentDrivers() {
      private boolean labelled;

      @Override
      public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope,
          io.gantry.service.driver.DriverCall<io.gantry.service.driver.Borrowed<D>, R> call) throws IOException {
        R looked = kept.parts.drivers().lend(type, ref, scope, call);
        if (!labelled) {
          labelled = true;
          kept.namespaces.label(OTHER, "other", Map.of("owner", "me"));
        }
        return looked;
      }
    }, store("mapdb"));
    late.change(OTHER, List.of(put("a", 0)));
    assertEquals(Map.of("owner", "me"), kept.namespaces.labels(SCOPE, "other"));
    assertEquals(List.of("a"), ids(OTHER, "", 10));
  }

  @Test
  void allIsThereAgainAfterReopening() throws Exception {
    long revision = table.change(SCOPE, List.of(put("a", 0), put("b", 0)));
    kept.close();
    kept = new Kept(root);
    table = kept.table;
    assertEquals(List.of("a", "b"), ids(SCOPE, "", 10));
    assertEquals(revision, table.get(SCOPE, "t", "a").orElseThrow().revision());
    assertEquals(List.of("default"), kept.namespaces.list(SCOPE));
    assertThrows(ConflictException.class, () -> table.change(SCOPE, List.of(put("a", 0))));
    assertTrue(table.change(SCOPE, List.of(put("a", revision))) > revision, "revisions go on rising");
  }

  @Test
  void goesOnWithAnotherInstanceOfTheStore() throws Exception {
    table.change(SCOPE, List.of(put("a", 0)));
    kept.openStore();
    table.change(SCOPE, List.of(put("b", 0)));
    assertEquals(List.of("a", "b"), ids(SCOPE, "", 10));
    kept.parts.drivers().take(new DriverRef("metadata", "mapdb"));
    assertThrows(UnavailableException.class, () -> table.get(SCOPE, "t", "a"));
    assertThrows(UnavailableException.class, () -> table.change(OTHER, List.of(put("c", 0))));
    var other = kept.parts.start(TableService.class, Map.of("store", "nowhere"));
    assertThrows(NotFoundException.class, () -> other.list(SCOPE, "t", "", 1));
  }

  private static Change removed(String id, long revision) {
    return new Change("t", id, revision, Optional.empty());
  }

  @Test
  void tellsEachChangeOfAnyNamespaceUntilClosed() throws Exception {
    var told = new ArrayList<String>();
    table.change(SCOPE, List.of(put("before", Table.ABSENT)));
    try (var watch = table.watch(SCOPE, c -> told.add(c.table() + " " + c.place() + " " + c.json().map(String::new).orElse("gone") + " "
        + c.revision()))) {
      long a = table.change(OTHER, List.of(put("a", Table.ABSENT)));
      long b = table.change(SCOPE, List.of(removed("before", -1)));
      assertThrows(ConflictException.class, () -> table.change(SCOPE, List.of(put("c", 99))));
      long d = table.decide(SCOPE, () -> List.of(put("d", Table.ABSENT))).getAsLong();
      var other = new Place("other", "a");
      assertEquals(List.of("t " + other + " {} " + a, "namespace " + new Place("", "other") + " {} " + a, "t " + new Place("default",
          "before") + " gone " + b, "t " + new Place("default", "d") + " {} " + d), told);
    }
    table.change(SCOPE, List.of(put("later", Table.ABSENT)));
    assertEquals(4, told.size());
  }

  @Test
  void decidesOrLeavesAllAsItIs() throws Exception {
    long a = table.change(SCOPE, List.of(put("a", Table.ABSENT)));
    assertTrue(table.decide(SCOPE, List::of).isEmpty());
    assertThrows(ConflictException.class, () -> table.decide(SCOPE, () -> List.of(removed("a", a + 7))));
    assertEquals(List.of("a"), ids(SCOPE, "", 10));
    assertTrue(table.decide(SCOPE, () -> List.of(removed("a", a))).isPresent());
    assertEquals(List.of(), ids(SCOPE, "", 10));
  }

  /** Whoever decides knows every change that is done, and none is done between the decision and what it changes. */
  @Test
  void nothingChangesBetweenADecisionAndItsChange() throws Exception {
    var seen = new java.util.concurrent.ConcurrentSkipListSet<String>();
    var wrong = new java.util.concurrent.ConcurrentLinkedQueue<String>();
    try (var watch = table.watch(SCOPE, c -> seen.add(c.place().id())); var pool = java.util.concurrent.Executors.newFixedThreadPool(3)) {
      for (int t = 0; t < 2; t++) {
        int writer = t;
        pool.submit(() -> {
          for (int i = 0; i < 150; i++) table.change(SCOPE, List.of(put("w" + writer + "-" + i, Table.ABSENT)));
          return null;
        });
      }
      var decider = pool.submit(() -> {
        for (int i = 0; i < 150; i++) {
          String name = "d" + i;
          var at = new java.util.concurrent.atomic.AtomicInteger();
          long revision = table.decide(SCOPE, () -> {
            at.set(seen.size());
            return List.of(put(name, Table.ABSENT));
          }).getAsLong();
          // as many as were told before it, and its own; rows of the table are counted as they were at its revision
          long before = table.list(SCOPE, "t", "", 1000).stream().filter(r -> r.revision() < revision).count();
          long told = at.get() - (seen.contains("default") ? 1 : 0);
          if (before != told) wrong.add(name + ": " + before + " were done, " + told + " were told");
        }
        return null;
      });
      decider.get();
    }
    assertEquals(List.of(), List.copyOf(wrong));
  }

  @Test
  void findsSeveralRowsOfItsNamespace() throws Exception {
    for (String id : List.of("a", "b", "c")) table.change(SCOPE, List.of(put(id, Table.ABSENT)));
    table.change(OTHER, List.of(put("d", Table.ABSENT)));
    assertEquals(List.of("c", "a"), table.get(SCOPE, "t", List.of("c", "d", "a")).stream().map(Row::id).toList());
    Row one = table.get(SCOPE, "t", List.of("b")).getFirst();
    assertEquals(table.get(SCOPE, "t", "b").orElseThrow().revision(), one.revision());
    assertEquals(List.of(), table.get(OTHER, "t", List.of("a")));
    assertEquals(List.of(), table.get(SCOPE, "t", List.of()));
  }

  @Test
  void findsARowInAllNamespaces() throws Exception {
    for (Scope scope : List.of(SCOPE, OTHER, SCOPE.withNamespace("z"))) table.change(scope, List.of(put("b", Table.ABSENT)));
    for (String id : List.of("a", "c")) table.change(SCOPE, List.of(put(id, Table.ABSENT)));
    table.change(SCOPE.withNamespace("m"), List.of(put("c", Table.ABSENT)));
    table.change(OTHER, List.of(new Change("tt", "a", Table.ABSENT, Optional.of(JSON))));
    assertEquals(List.of("default", "other", "z"), table.everywhere(SCOPE, "t", List.of("b")).stream().map(p -> p.place().namespace())
        .toList());
    assertEquals(List.of(new Place("default", "a")), table.everywhere(OTHER, "t", List.of("a")).stream().map(Placed::place).toList());
    assertEquals(List.of("default c", "default a", "m c"), table.everywhere(SCOPE, "t", List.of("c", "x", "a")).stream().map(p -> p.place()
        .namespace() + " " + p.place().id()).toList());
    assertEquals(List.of(), table.everywhere(OTHER, "t", List.of("x")));
  }
}
