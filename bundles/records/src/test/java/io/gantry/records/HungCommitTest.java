package io.gantry.records;

import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A commit that does not end, and the driver that is put in the place of its driver. */
@Timeout(120)
class HungCommitTest {
  private static final DriverRef STORE = new DriverRef(MetadataStore.KIND, "mapdb");
  @TempDir Path root;
  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private Kept kept;
  private MetadataStore real;

  @BeforeEach
  void open() throws IOException {
    kept = new Kept(root);
    kept.table.change(SCOPE, List.of(put("first")));
    real = (MetadataStore) kept.parts.drivers().take(STORE);
  }

  @AfterEach
  void close() throws Exception {
    release.countDown();
    pool.shutdown();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS), "a thread is left");
    kept.close();
  }

  private static Change put(String id) {
    return new Change("t", id, -1, Optional.of("{}".getBytes()));
  }

  /** The real store, of which the first commit hangs before or after it was done. */
  private record Hanging(MetadataStore store, boolean done, CountDownLatch reached, CountDownLatch release) implements MetadataStore {
    @Override
    public long commit(Batch batch) throws IOException {
      if (reached.getCount() == 0) return store.commit(batch);
      long revision = done ? store.commit(batch) : 0;
      reached.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (!done) throw new IOException("of this test");
      return revision;
    }

    @Override
    public Optional<Rec> get(Key key) throws IOException {
      return store.get(key);
    }

    @Override
    public List<Rec> range(Key from, Key to, int max) throws IOException {
      return store.range(from, to, max);
    }

    @Override
    public long sequence() throws IOException {
      return store.sequence();
    }
  }

  private MetadataStore hanging(boolean done) {
    return new Hanging(real, done, reached, release);
  }

  private void use(MetadataStore store) {
    kept.parts.drivers().put(STORE, store, Map.of());
  }

  private List<String> ids() throws IOException {
    return kept.table.list(SCOPE, "t", "", 10).stream().map(Row::id).toList();
  }

  private static void unavailable(Future<?> call, String message) {
    var e = assertThrows(ExecutionException.class, call::get);
    assertEquals(UnavailableException.class, e.getCause().getClass());
    assertTrue(e.getCause().getMessage().startsWith(message), e.getCause().getMessage());
  }

  @Test
  void aHungDecisionEndsWithItsDriver() throws Exception {
    use(hanging(false));
    var decision = pool.submit(() -> kept.table.decide(SCOPE, () -> List.of(put("decided"))));
    reached.await();
    use(real);
    kept.table.change(SCOPE, List.of(put("a")));
    assertTrue(kept.table.decide(SCOPE, () -> List.of(put("b"))).isPresent());
    assertEquals(List.of("a", "b", "first"), ids());
    assertFalse(decision.isDone());
    release.countDown();
    assertThrows(ExecutionException.class, decision::get);
  }

  /** The successor may have read from the disk what its predecessor never answered: who decides must know it. */
  @Test
  void whatMayHaveBeenDoneIsToldBeforeADecisionThroughTheNext() throws Exception {
    var told = new ConcurrentLinkedQueue<String>();
    var atDecision = new ArrayList<String>();
    try (var watch = kept.table.watch(SCOPE, c -> told.add(c.place().id() + " " + c.revision()))) {
      use(hanging(true));
      var change = pool.submit(() -> kept.table.change(SCOPE, List.of(put("hung"))));
      reached.await();
      assertEquals(List.of(), List.copyOf(told));
      use(real);
      assertTrue(kept.table.get(SCOPE, "t", "hung").isPresent());
      kept.table.decide(SCOPE, () -> {
        atDecision.addAll(told);
        return List.of();
      });
      assertEquals(List.of("hung 0"), atDecision);
      release.countDown();
      assertEquals(List.of("hung 0", "hung " + change.get()), List.copyOf(told));
    }
  }

  @Test
  void nothingBeginsThroughADriverThatWasReplaced() throws Exception {
    var commits = new Commits(k -> {}, Duration.ofHours(1));
    var before = new Borrowed<>(hanging(false), 1, "", "");
    var next = new Borrowed<>(real, 2, "", "");
    Batch batch = Batch.builder().put(new Key("t", "default", "x"), new byte[0]).build();
    pool.submit(() -> commits.one(STORE, before, batch));
    reached.await();
    var begun = new FutureTask<>(() -> commits.alone(STORE, before, () -> batch));
    var waiting = Thread.ofPlatform().daemon().start(begun);
    while (waiting.getState() != Thread.State.TIMED_WAITING) Thread.sleep(5); // for the one that hangs
    commits.alone(STORE, next, () -> Batch.builder().build());
    release.countDown();
    unavailable(begun, "the driver metadata/mapdb was replaced");
    assertThrows(UnavailableException.class, () -> commits.one(STORE, before, batch));
    assertEquals(Optional.empty(), real.get(new Key("t", "default", "x")));
    commits.one(STORE, next, batch);
    assertTrue(real.get(new Key("t", "default", "x")).isPresent());
  }

  /** Threads of a driver end, though the driver is not replaced. */
  @Test
  void nobodyWaitsForEverForWhatHangs() throws Exception {
    var commits = new Commits(k -> {}, Duration.ofMillis(50));
    var store = new Borrowed<>(hanging(false), 1, "", "");
    Batch batch = Batch.builder().put(new Key("t", "default", "x"), new byte[0]).build();
    var decision = pool.submit(() -> commits.alone(STORE, store, () -> batch));
    reached.await();
    unavailable(pool.submit(() -> commits.one(STORE, store, batch)), "a decision on records has been under way for more than ");
    release.countDown();
    assertThrows(ExecutionException.class, decision::get);
    assertTrue(commits.one(STORE, store, batch) > 0);
  }

  /** Else each decision makes all others wait behind it, for as long as it waits. */
  @Test
  void aDecisionDoesNotWaitForWhatHasHungForLong() throws Exception {
    var commits = new Commits(k -> {}, Duration.ofSeconds(1));
    var store = new Borrowed<>(hanging(false), 1, "", "");
    Batch batch = Batch.builder().put(new Key("t", "default", "x"), new byte[0]).build();
    pool.submit(() -> commits.one(STORE, store, batch));
    reached.await();
    unavailable(pool.submit(() -> commits.alone(STORE, store, () -> batch)), "a change of records has been under way for more than 1 s");
    Thread.currentThread().interrupt();
    try { // who waits is interrupted
      assertThrows(UnavailableException.class, () -> commits.alone(STORE, store, () -> batch));
    } finally {
      assertTrue(Thread.interrupted());
    }
    assertTrue(commits.one(STORE, store, batch) > 0);
  }
}
