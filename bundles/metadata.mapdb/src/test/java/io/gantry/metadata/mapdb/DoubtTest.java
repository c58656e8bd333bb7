package io.gantry.metadata.mapdb;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.UnavailableException;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index that fails when the journal has the commit already, by an Error: the commit counts, and everyone is answered. */
@Timeout(60)
class DoubtTest {
  @TempDir Path root;

  /** Puts in the first change of a group, then does something and throws. */
  private record Failing(Records records, Runnable before) implements Records {
    @Override
    public Optional<Entry> get(byte[] key) {
      return records.get(key);
    }

    @Override
    public List<Entry> page(byte[] from, boolean inclusive, byte[] to, int max) {
      return records.page(from, inclusive, to, max);
    }

    @Override
    public void set(Entry e) {
      if (new String(e.key()).endsWith("2")) {
        before.run();
        throw new NoClassDefFoundError("org/mapdb/Pump");
      }
      records.set(e);
    }

    @Override
    public long size() {
      return records.size();
    }

    @Override
    public void close() {
      records.close();
    }
  }

  private static Key key(String id) {
    return JournaledStoreTest.key(id);
  }

  private static Batch both(String value) {
    return Batch.builder().put(key("1"), JournaledStoreTest.bytes(value)).put(key("2"), JournaledStoreTest.bytes(value)).build();
  }

  private static void shows(String value, JournaledStore store) throws IOException {
    for (String id : List.of("1", "2")) assertArrayEquals(JournaledStoreTest.bytes(value), store.get(key(id)).orElseThrow().value());
  }

  private JournaledStore open() throws IOException {
    return new JournaledStore(root, Options.defaults());
  }

  @Test
  void anErrorInTheIndexCostsNoCommit() throws Exception {
    try (var store = open()) {
      store.commit(both("a"));
      store.index().wrap(r -> new Failing(r, () -> {}));
      assertEquals(2, store.commit(both("b")));
      shows("b", store);
      assertEquals(3, store.commit(both("c")));
      shows("c", store);
    }
    try (var again = open()) {
      assertEquals(3, again.sequence());
      shows("c", again);
    }
  }

  @Test
  void anIndexThatCannotBeBuiltAgainRestsTheStoreUntilItIsOpenedAgain() throws Exception {
    Path journal;
    Path away = root.resolve("away");
    try (var store = open()) {
      store.commit(both("a"));
      journal = Folder.open(root).all(Folder.JOURNAL).getLast();
      store.index().wrap(r -> new Failing(r, () -> move(journal, away)));
      assertEquals(2, store.commit(both("b")), "the journal has it, so it counts");
      assertEquals(2, store.sequence());
      var read = assertThrows(UnavailableException.class, () -> store.get(key("1")));
      assertTrue(read.getMessage().contains("start the driver"), read.getMessage());
      assertThrows(UnavailableException.class, () -> store.range(key("0"), key("9"), 5));
      assertThrows(UnavailableException.class, () -> store.commit(both("c")));
      move(away, journal);
      assertThrows(UnavailableException.class, () -> store.commit(both("c")));
    }
    try (var again = open()) {
      shows("b", again);
      assertEquals(3, again.commit(both("d")));
    }
    try (var again = open()) {
      assertEquals(3, again.sequence());
      shows("d", again);
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void allThatWaitAreAnsweredForAnError(boolean judging) throws Exception {
    var pool = Executors.newVirtualThreadPerTaskExecutor(); // not closed: one who is never answered would hold the test
    try (var store = open()) {
      store.commit(both("a"));
      var fails = new AtomicBoolean(true);
      if (judging) store.index().wrap(r -> new FailingRead(r, fails));
      else store.index().wrap(r -> new Failing(r, () -> {}));
      List<Future<Long>> all = java.util.stream.IntStream.range(0, 32).mapToObj(i -> pool.submit(() -> store.commit(
          Batch.builder().require(key("1"), Batch.PRESENT).put(key("2"), JournaledStoreTest.bytes("b" + i)).build()))).toList();
      int failed = 0;
      for (var f : all) {
        try {
          f.get(20, SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
          assertTrue(e.getCause() instanceof IOException, () -> "answered by " + e.getCause());
          failed++;
        }
      }
      assertEquals(judging ? 32 : 0, failed);
      fails.set(false);
      long next = store.commit(both("c"));
      assertEquals(judging ? 2 : 34, next);
      shows("c", store);
    }
  }

  /** Throws where a condition is looked up. */
  private record FailingRead(Records records, AtomicBoolean fails) implements Records {
    @Override
    public Optional<Entry> get(byte[] key) {
      if (fails.get()) throw new NoClassDefFoundError("org/mapdb/Pump");
      return records.get(key);
    }

    @Override
    public List<Entry> page(byte[] from, boolean inclusive, byte[] to, int max) {
      return records.page(from, inclusive, to, max);
    }

    @Override
    public void set(Entry e) {
      records.set(e);
    }

    @Override
    public long size() {
      return records.size();
    }

    @Override
    public void close() {
      records.close();
    }
  }

  @Test
  void theIndexIsBuiltAgainWhileASnapshotRemovesJournals() throws Exception {
    try (var store = new JournaledStore(root, new Options(64 << 10, 3, Long.MAX_VALUE))) {
      for (int i = 1; i <= 600; i++) {
        store.index().wrap(r -> r instanceof Failing ? r : new Failing(r, () -> {}));
        assertEquals(i, store.commit(both("v" + i)));
        shows("v" + i, store);
      }
    }
    try (var again = open()) {
      shows("v600", again);
    }
  }
}
