package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.service.transfer.Pulled;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pull goes on by itself after a break, and fetches no byte twice where the registry can start in the middle. */
class MendTest {
  private static final Image IMAGE = big(3, 1 << 20);
  private static final long SIZE = PullTest.size(IMAGE);
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;
  private String name;

  /** Layers of random bytes, which stay as large as they are. */
  static Image big(int layers, int bytes) {
    Random random = new Random(7);
    ImageBuilder builder = new ImageBuilder();
    for (int i = 0; i < layers; i++) {
      byte[] data = new byte[bytes];
      random.nextBytes(data);
      builder.layer(new LayerBuilder().file("file-" + i, data, 0644).gzip());
    }
    return builder.build(ImageFormat.OCI);
  }

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", IMAGE);
    world = new World(root);
    name = registry.host() + "/a/b:latest";
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  private void complete() throws IOException {
    for (Layer l : IMAGE.layers()) assertArrayEquals(l.blob(), world.contents.read(SCOPE, l.digest(), 1 << 30));
    assertEquals(3, world.unpacker.sealed.size());
  }

  private FutureTask<Pulled> pulling() {
    FutureTask<Pulled> pull = new FutureTask<>(() -> world.pull(name));
    Thread.ofPlatform().name("pull").start(pull);
    return pull;
  }

  @Test
  void goesOnAfterBreaksOfTheConnection() throws Exception {
    registry.fault(On.blobs().times(12), Fault.cutAfter(200_000));
    Pulled pulled = world.pull(name);
    complete();
    assertEquals(SIZE, pulled.fetchedBytes());
    assertTrue(registry.requests(On.blobs()).stream().anyMatch(l -> l.status() == 206));
  }

  @Test
  void goesOnFromTheStartWhereARegistryKnowsNoRanges() throws Exception {
    registry.fault(On.blobs().times(4), Fault.cutAfter(200_000)).fault(On.blobs(), Fault.noRange());
    Pulled pulled = world.pull(name);
    complete();
    assertTrue(pulled.fetchedBytes() > SIZE, "what is skipped was fetched too");
  }

  @Test
  void giveUpComesAfterFailuresWithoutProgressOnly() throws Exception {
    registry.fault(On.blobs(), Fault.noAnswer());
    UnavailableException e = assertThrows(UnavailableException.class, () -> world.pull(name));
    assertTrue(e.getMessage().startsWith("fetching sha256:"), e.getMessage());
    assertTrue(world.isAsBefore());
    assertEquals(0, world.unpacker.sealed.size());
  }

  @Test
  void waitsAsLongAsARegistryAsks() throws Exception {
    registry.fault(On.blobs().once(), Fault.tooManyRequests("1"));
    long started = System.nanoTime();
    world.pull(name);
    complete();
    assertTrue(System.nanoTime() - started >= 1_000_000_000L);
  }

  @Test
  void whoWaitsIsToldWhenTheServiceEnds() throws Exception {
    world.close();
    world = new World(root, new Settings("docker", "overlayfs", 3, 5, Duration.ofMillis(10), Duration.ofHours(2)));
    registry.fault(On.blobs(), Fault.tooManyRequests("3600"));
    FutureTask<Pulled> pull = pulling();
    while (registry.requests(On.blobs()).isEmpty()) Thread.onSpinWait();
    world.pauses.end();
    assertInstanceOf(UnavailableException.class, assertThrows(ExecutionException.class, () -> pull.get(60, TimeUnit.SECONDS),
        "it waited on").getCause());
    assertTrue(world.isAsBefore());
  }

  @Test
  void anUnpackingThatWaitedTooLongForBytesBeginsAgain() throws Exception {
    world.unpacker.stalled = Duration.ofMillis(200);
    registry.fault(On.blob(IMAGE.layers().getFirst().digest()).once(), Fault.tooManyRequests("1"));
    Pulled pulled = world.pull(name);
    assertEquals(SIZE, pulled.fetchedBytes());
    complete();
  }

  @Test
  void anUnpackingThatIsUnavailableWithoutADownloadFails() throws Exception {
    world.unpacker.failure = new UnavailableException("the snapshot driver is away");
    assertEquals("the snapshot driver is away", assertThrows(UnavailableException.class, () -> world.pull(name)).getMessage());
    assertTrue(world.isAsBefore());
  }

  @Test
  void doesNotWaitLongerThanConfigured() throws Exception {
    registry.fault(On.every(), Fault.tooManyRequests("3600"));
    UnavailableException e = assertThrows(UnavailableException.class, () -> world.pull(name));
    assertEquals(Duration.ofHours(1), e.retryAfter());
    assertEquals(1, registry.requests().size());
  }

  @Test
  void goesOnWhileItsResolverIsReplaced() throws Exception {
    registry.fault(On.blobs(), Fault.throttle(1_000_000));
    world.drivers.awaitCuts(4);
    FutureTask<Pulled> pull = pulling();
    int swaps = 0;
    while (!pull.isDone()) {
      world.drivers.swapResolver();
      swaps++;
      Thread.sleep(50);
    }
    assertEquals(SIZE, pull.get().fetchedBytes(), "after " + swaps + " replacements");
    assertTrue(world.drivers.cuts.get() > 3, world.drivers.cuts + " calls were asked back");
    complete();
  }

  @Test
  void goesOnWhileItsStoreIsReplaced() throws Exception {
    registry.fault(On.blobs(), Fault.throttle(2_000_000));
    FutureTask<Pulled> pull = pulling();
    while (!pull.isDone()) {
      world.drivers.swapStore();
      Thread.sleep(20);
    }
    assertEquals(SIZE, pull.get().fetchedBytes());
    complete();
  }

  @Test
  void anInterruptionEndsItAndKeepsWhatCanBeResumed() throws Exception {
    registry.fault(On.blobs(), Fault.throttle(400_000));
    FutureTask<Pulled> pull = new FutureTask<>(() -> world.pull(name));
    Thread t = Thread.ofPlatform().name("pull").start(pull);
    while (world.progress.stream().noneMatch(p -> p.status().equals("downloading") && p.offset() > 100_000)) Thread.sleep(10);
    t.interrupt();
    ExecutionException e = assertThrows(ExecutionException.class, pull::get);
    assertInstanceOf(InterruptedIOException.class, e.getCause());
    assertTrue(world.isAsBefore());
    awaitIdle();
    assertTrue(world.contents.writes(SCOPE, "", 10).stream().anyMatch(s -> s.offset() > 0), "nothing is kept");
    registry.heal();
    Pulled again = world.pull(name);
    complete();
    assertTrue(again.fetchedBytes() < SIZE - 100_000, again.fetchedBytes() + " of " + SIZE);
  }

  private void awaitIdle() throws InterruptedException {
    long end = System.nanoTime() + 20_000_000_000L;
    Set<Thread> busy = world.drivers.busy();
    while (!busy.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(10);
      busy = world.drivers.busy();
    }
    assertEquals(Set.of(), busy, "left in a driver");
  }

  @Test
  void aFailedUnpackingEndsTheDownloads() throws Exception {
    registry.fault(On.blobs(), Fault.throttle(100_000));
    world.unpacker.failure = new IOException("no space left");
    assertEquals("no space left", assertThrows(IOException.class, () -> world.pull(name)).getMessage());
    assertTrue(world.isAsBefore());
    awaitIdle();
  }
}
