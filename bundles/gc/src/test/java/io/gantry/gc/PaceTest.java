package io.gantry.gc;

import static io.gantry.gc.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Digest;
import io.gantry.service.record.Lease.Resource;
import java.io.Closeable;
import java.io.IOException;
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

  private void open(Map<String, ?> config) throws IOException {
    Map<String, Object> all = new HashMap<>(Map.of("grace.seconds", 0, "quiet.millis", NEVER, "removals", NEVER, "interval.seconds",
        NEVER));
    all.putAll(config);
    world = new World(root, drivers, all);
  }

  /** Waits until the record of a blob is gone. */
  private final class Departure implements Closeable {
    private final CountDownLatch gone = new CountDownLatch(1);
    private final Closeable watch;

    Departure(Digest digest) {
      watch = world.table.watch(SCOPE, c -> {
        if (c.table().equals("content") && c.place().id().equals(digest.toString()) && c.json().isEmpty()) gone.countDown();
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

  /** Nothing happens, and nobody asks. */
  @Test
  void aLeaseEndsOnAnIdleManager() throws Exception {
    open(Map.of("interval.seconds", 1));
    Digest a;
    try (var departure = new Departure(World.digest("a"))) {
      world.leases.create(SCOPE, "l", Map.of("containerd.io/gc.expire", Instant.now().plusMillis(2500).toString()));
      a = world.blob(SCOPE.withLease("l"), "a", Map.of());
      world.collect();
      assertEquals(List.of(a.toString()), world.blobs(SCOPE));
      departure.await();
    }
    assertEquals(List.of(), world.leases.list(SCOPE));
  }

  @Test
  void whatWasLeftBeforeTheStartGoesByTheClock() throws Exception {
    open(Map.of("automatic", false));
    Digest a = world.blob("a");
    world.close();
    open(Map.of("interval.seconds", 1));
    try (var departure = new Departure(a)) {
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
    open(Map.of("interval.seconds", 1));
    world.image("i", world.blob("a"));
    world.collect();
    var wait = new CountDownLatch(1);
    assertFalse(wait.await(2500, TimeUnit.MILLISECONDS));
    assertEquals(1, drivers.collections.get());
  }

  @Test
  void whatFailsIsTriedAgain() throws Exception {
    open(Map.of("interval.seconds", 1));
    Digest a = world.blob("a");
    drivers.between(() -> {
      throw new IOException("of this test");
    });
    try (var departure = new Departure(a)) {
      departure.await();
    }
    assertEquals(2, drivers.collections.get());
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
