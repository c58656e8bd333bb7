package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowCacheTest {
  private static final DriverRef STORE = new DriverRef(MetadataStore.KIND, "mapdb");
  private static final int ROUNDS = 300;
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

  private long write(String id, String json) throws IOException {
    return kept.table.change(SCOPE, List.of(new Change("t", id, -1, Optional.of(json.getBytes()))));
  }

  private Optional<String> read(String id) throws IOException {
    return kept.table.get(SCOPE, "t", id).map(r -> new String(r.json()));
  }

  @Test
  void aRowIsNeverOlderThanACommitThatIsDone() throws Exception {
    var committed = new AtomicLong(write("a", "0"));
    var old = new ConcurrentLinkedQueue<String>();
    var reads = new AtomicLong();
    var done = new AtomicBoolean();
    try (var pool = Executors.newFixedThreadPool(2)) {
      Callable<Integer> reader = () -> {
        var all = new HashSet<Long>();
        while (!done.get()) {
          long before = committed.get();
          long seen = kept.table.get(SCOPE, "t", "a").map(Table.Row::revision).orElse(0L);
          if (seen < before) old.add(seen + " after " + before);
          all.add(seen);
          reads.incrementAndGet();
        }
        return all.size();
      };
      var readers = List.of(pool.submit(reader), pool.submit(reader));
      try {
        for (int i = 0; (i < ROUNDS || reads.get() < ROUNDS) && readers.stream().noneMatch(Future::isDone); i++) {
          committed.set(write("a", "" + i));
        }
      } finally {
        done.set(true);
      }
      int seen = 0;
      for (var r : readers) seen += r.get();
      assertTrue(reads.get() >= ROUNDS && seen > 2, reads + " reads saw " + seen + " revisions");
    }
    assertEquals(List.of(), old.stream().limit(3).toList());
    kept.table.change(SCOPE, List.of(new Change("t", "a", -1, Optional.empty())));
    assertEquals(Optional.empty(), read("a"));
  }

  /** A decision commits by a way of its own. */
  @Test
  void aRowOfADecisionIsNotOld() throws Exception {
    write("a", "1");
    assertEquals(Optional.of("1"), read("a"));
    kept.table.decide(SCOPE, () -> List.of(new Change("t", "a", -1, Optional.of("2".getBytes()))));
    assertEquals(Optional.of("2"), read("a"));
    assertEquals(Optional.empty(), kept.table.get(OTHER, "t", "a"));
  }

  /** What is read over and over is not asked for, and yet a store that is away is told of. */
  @Test
  void lastsAMoment() throws Exception {
    write("a", "1");
    Object store = null;
    for (int tries = 0; store == null; tries++) { // a machine that pauses for as long as a row lasts says nothing
      assertTrue(tries < 5, "a row that was just read is asked for again each time");
      read("a");
      Object taken = kept.parts.drivers().take(STORE);
      try {
        assertEquals(Optional.of("1"), read("a"));
        store = taken;
      } catch (UnavailableException late) {
        kept.parts.drivers().put(STORE, taken, Map.of());
      }
    }
    long end = System.nanoTime() + RowCache.LASTING_NANOS;
    while (System.nanoTime() <= end) Thread.sleep(20);
    assertThrows(UnavailableException.class, () -> read("a"));
  }

  /** Whoever must not wait hears of what was just read, also while the store is away, and of nothing else. */
  @Test
  void isToldWithoutTheStore() throws Exception {
    write("a", "1");
    assertTrue(kept.table.recent(SCOPE, "t", "a").isEmpty(), "nobody read it");
    read("a");
    write("a", "2");
    assertTrue(kept.table.recent(SCOPE, "t", "a").isEmpty(), "it was changed since");
    Optional<String> told = Optional.empty();
    for (int tries = 0; told.isEmpty() && tries < 5; tries++) { // a machine that pauses for as long as a row lasts says nothing
      read("a");
      Object taken = kept.parts.drivers().take(STORE);
      told = kept.table.recent(SCOPE, "t", "a").map(r -> new String(r.json()));
      kept.parts.drivers().put(STORE, taken, Map.of());
    }
    assertEquals(Optional.of("2"), told);
    assertTrue(kept.table.recent(OTHER, "t", "a").isEmpty());
    long end = System.nanoTime() + RowCache.LASTING_NANOS;
    while (System.nanoTime() <= end) Thread.sleep(20);
    assertTrue(kept.table.recent(SCOPE, "t", "a").isEmpty(), "it lasts no longer");
  }

  @Test
  void holdsNoMoreThanItsBytes() {
    var cache = new RowCache();
    for (int i = 0; i < 1000; i++) cache.put(rec(i, 4000), cache.mark());
    assertTrue(cache.get(key(999)).isPresent());
    assertEquals(Optional.empty(), cache.get(key(0)));
    assertTrue(cache.bytes() <= RowCache.MOST_BYTES && cache.bytes() > RowCache.MOST_BYTES / 2, cache.bytes() + " bytes");
    cache.put(rec(1000, RowCache.MOST_BYTES), cache.mark());
    assertEquals(Optional.empty(), cache.get(key(1000)), "one that takes the place of all others");
    for (int i = 0; i < 1000; i++) cache.changed(key(i));
    assertEquals(0, cache.bytes());
  }

  private static Key key(int i) {
    return new Key("t", "n", "" + i);
  }

  private static Rec rec(int i, int bytes) {
    return new Rec(key(i), 1, new byte[bytes]);
  }
}
