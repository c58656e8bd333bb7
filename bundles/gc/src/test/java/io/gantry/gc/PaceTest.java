package io.gantry.gc;

import static io.gantry.gc.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Digest;
import io.gantry.service.record.Lease.Resource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When it collects without being asked. */
class PaceTest {
  private static final int NEVER = 1_000_000;
  @TempDir Path root;
  private final Hooked drivers = new Hooked();
  private World world;

  @AfterEach
  void close() throws IOException {
    if (world != null) world.close();
  }

  private static Map<String, Object> never(Map<String, ?> but) {
    Map<String, Object> all = new HashMap<>(Map.of("grace.seconds", 0, "quiet.millis", NEVER, "removals", NEVER, "interval.seconds",
        NEVER));
    all.putAll(but);
    return all;
  }

  private void open(Map<String, ?> config) throws IOException {
    world = new World(root, drivers, never(config));
  }

  /** The clock begins, once all is as a test wants it. */
  private void everySecond() {
    Map<String, Object> all = never(Map.of("interval.seconds", 1));
    world.gc.modified((GarbageCollector.Config) Proxy.newProxyInstance(getClass().getClassLoader(),
        new Class<?>[] {GarbageCollector.Config.class},
        (self, m, given) -> all.getOrDefault(m.getName().replace('_', '.'), m.getDefaultValue())));
  }

  /** Waits until the record of a blob is gone. */
  private final class Departure implements Closeable {
    private final CountDownLatch gone = new CountDownLatch(1);
    private final Closeable watch;
    /** So many collections had begun by then; a change begins another. */
    private volatile int collections;

    Departure(Digest digest) {
      watch = world.table.watch(SCOPE, c -> {
        if (!c.table().equals("content") || !c.place().id().equals(digest.toString()) || c.json().isPresent()) return;
        collections = drivers.collections.get();
        gone.countDown();
      });
    }

    void await() throws Exception {
      assertTrue(gone.await(20, TimeUnit.SECONDS), "it has not gone");
    }

    @Override
    public void close() throws IOException {
      watch.close();
    }
  }

  @Test
  void aQuietTimeAfterARemoval() throws Exception {
    open(Map.of("quiet.millis", 50));
    Digest a = world.blob("a");
    world.image("i", a);
    try (var departure = new Departure(a)) {
      world.images.remove(SCOPE, "i");
      departure.await();
    }
  }

  @Test
  void manyRemovalsWaitForNoQuietTime() throws Exception {
    open(Map.of("removals", 3));
    Digest a = world.blob("a");
    world.leases.create(SCOPE, "l", Map.of());
    for (String name : List.of("content", "images")) world.leases.add(SCOPE, "l", new Resource(name, a.toString()));
    try (var departure = new Departure(a)) {
      world.leases.remove(SCOPE, "l");
      departure.await();
    }
  }

  /** Each blob of a pull would begin one. */
  @Test
  void aWriteThatEndsIsNoRemoval() throws Exception {
    open(Map.of("quiet.millis", 0));
    world.leases.create(SCOPE, "l", Map.of());
    int before = drivers.collections.get();
    world.blob(SCOPE.withLease("l"), "a", Map.of());
    var wait = new CountDownLatch(1);
    assertFalse(wait.await(500, TimeUnit.MILLISECONDS));
    assertEquals(before, drivers.collections.get());
    world.leases.release(SCOPE, "l", new Resource("content", World.digest("a").toString()));
    Instant end = Instant.now().plusSeconds(20);
    while (drivers.collections.get() == before && Instant.now().isBefore(end)) assertFalse(wait.await(10, TimeUnit.MILLISECONDS));
    assertTrue(drivers.collections.get() > before, "what a lease gave free began no collection");
  }

  /** Nothing happens, and nobody asks; the clock is far. */
  @Test
  void aLeaseEndsOnAnIdleManager() throws Exception {
    open(Map.of());
    try (var departure = new Departure(World.digest("a"))) {
      Instant end = Instant.now().plusMillis(2500);
      world.leases.create(SCOPE, "l", Map.of("containerd.io/gc.expire", end.toString()));
      Digest a = world.blob(SCOPE.withLease("l"), "a", Map.of());
      world.collect();
      List<String> held = world.blobs(SCOPE);
      if (Instant.now().isBefore(end)) assertEquals(List.of(a.toString()), held);
      departure.await();
    }
    assertEquals(List.of(), world.leases.list(SCOPE));
  }

  @Test
  void whatWasLeftBeforeTheStartGoesByTheClock() throws Exception {
    open(Map.of("automatic", false));
    Digest a = world.blob("a");
    world.close();
    open(Map.of());
    try (var departure = new Departure(a)) {
      everySecond();
      departure.await();
    }
  }

  @Test
  void nothingByItselfWhereItIsNotWanted() throws Exception {
    open(Map.of("automatic", false, "quiet.millis", 0, "interval.seconds", 1));
    Digest a = world.blob("a");
    world.image("i", a);
    world.images.remove(SCOPE, "i");
    var wait = new CountDownLatch(1);
    assertFalse(wait.await(2, TimeUnit.SECONDS));
    assertEquals(0, drivers.collections.get());
    assertEquals(List.of(a.toString()), world.blobs(SCOPE));
  }

  /** An idle manager reads no records every minute. */
  @Test
  void nothingWhereNothingHappens() throws Exception {
    open(Map.of());
    world.image("i", world.blob("a"));
    world.collect();
    everySecond();
    var wait = new CountDownLatch(1);
    assertFalse(wait.await(2500, TimeUnit.MILLISECONDS));
    assertEquals(1, drivers.collections.get());
  }

  @Test
  void whatFailsIsTriedAgain() throws Exception {
    open(Map.of());
    Digest a = world.blob("a");
    drivers.between(() -> {
      throw new IOException("of this test");
    });
    try (var departure = new Departure(a)) {
      everySecond();
      departure.await();
      assertEquals(2, departure.collections);
    }
  }

  /** It is an interrupted call by its type alone. */
  @Test
  void aTimeoutOfADriverIsTriedAgain() throws Exception {
    open(Map.of("automatic", false));
    var settings = new Settings(true, Duration.ZERO, Duration.ofHours(1), Duration.ofHours(1), NEVER, Duration.ofMillis(50));
    var tries = new CountDownLatch(3);
    var pace = new Pace(world.table, () -> settings, scope -> {
      tries.countDown();
      throw new SocketTimeoutException("of this test");
    });
    try (pace) {
      pace.start();
      assertTrue(tries.await(20, TimeUnit.SECONDS), "it has ended");
    }
  }
}
