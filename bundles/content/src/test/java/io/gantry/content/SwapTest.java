package io.gantry.content;

import static io.gantry.content.World.SCOPE;
import static io.gantry.content.World.digest;
import static io.gantry.content.World.random;
import static io.gantry.content.World.spec;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.UnavailableException;
import io.gantry.service.content.Reader;
import io.gantry.service.content.Writer;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writers, readers and tails over a store that is replaced under them, and sources that break. */
@Timeout(120)
class SwapTest {
  private static final Duration STALL = Duration.ofSeconds(30);
  @TempDir Path root;
  private World world;

  @BeforeEach
  void open() throws IOException {
    world = new World(root);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private void store(String ref, byte[] bytes) throws IOException {
    try (Writer w = world.contents.writer(SCOPE, spec(ref, bytes))) {
      world.contents.write(w, offset -> slow(bytes, offset));
      w.commit(digest(bytes), bytes.length);
    }
  }

  /** Comes in pieces as from a network. */
  private static InputStream slow(byte[] bytes, long offset) {
    return new FilterInputStream(new ByteArrayInputStream(bytes, (int) offset, bytes.length)) {
      @Override
      public int read(byte[] into, int at, int length) throws IOException {
        Thread.yield();
        return super.read(into, at, Math.min(length, 16_384));
      }
    };
  }

  @Test
  void nothingFailsWhileTheStoreIsReplacedEveryFiveMilliseconds() throws Exception {
    int writes = 12;
    var failures = new ArrayList<Exception>();
    var swaps = new AtomicLong();
    var all = new ArrayList<Future<Void>>();
    try (var swapper = Executors.newSingleThreadScheduledExecutor(); var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      swapper.scheduleWithFixedDelay(() -> {
        try {
          world.drivers.swap();
          swaps.incrementAndGet();
        } catch (IOException e) {
          synchronized (failures) {
            failures.add(e);
          }
        }
      }, 5, 5, TimeUnit.MILLISECONDS);
      for (int i = 0; i < writes; i++) {
        byte[] bytes = random(4_000_000 + i, i);
        String ref = "layer-" + i;
        all.add(pool.submit(() -> {
          store(ref, bytes);
          assertArrayEquals(bytes, world.read(digest(bytes)));
          return null;
        }));
        for (int t = 0; t < 2; t++) all.add(pool.submit(tailing(ref, bytes)));
      }
      for (var f : all) f.get();
    }
    assertEquals(List.of(), failures);
    assertTrue(swaps.get() > 5, swaps + " swaps");
    System.out.println(writes + " writes, " + 2 * writes + " tails, " + swaps + " swaps, 0 failures");
  }

  private Callable<Void> tailing(String ref, byte[] bytes) {
    return () -> {
      try (InputStream in = world.contents.tail(SCOPE, ref, digest(bytes), STALL)) {
        assertArrayEquals(bytes, in.readAllBytes());
      }
      return null;
    };
  }

  @Test
  void anAppendThatWasGivenUpAndCameLateDoesNoHarm() throws Exception {
    byte[] bytes = random(900_000, 1);
    try (Writer w = world.contents.writer(SCOPE, spec("r", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, 300_000));
      byte[] buffer = java.util.Arrays.copyOfRange(bytes, 300_000, 600_000);
      var late = world.drivers.giveUpNext();
      w.write(ByteBuffer.wrap(buffer)); // done again by the same instance, before the late one
      java.util.Arrays.fill(buffer, (byte) 0);
      late.letGo();
      assertEquals(600_000, w.status().offset());
      w.write(ByteBuffer.wrap(bytes, 600_000, 300_000));
      w.commit(digest(bytes), bytes.length);
    }
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  @Test
  void aForcedSwapLeavesTheLateThreadADeadFile() throws Exception {
    byte[] bytes = random(900_000, 1);
    try (Writer w = world.contents.writer(SCOPE, spec("r", bytes))) {
      w.write(ByteBuffer.wrap(bytes, 0, 300_000));
      byte[] buffer = java.util.Arrays.copyOfRange(bytes, 300_000, 600_000);
      var late = world.drivers.giveUpNext(world.drivers::swapByForce);
      w.write(ByteBuffer.wrap(buffer)); // given up, the driver replaced beneath, and done again with the successor
      java.util.Arrays.fill(buffer, (byte) 0);
      late.letGo();
      w.write(ByteBuffer.wrap(bytes, 600_000, 300_000));
      w.commit(digest(bytes), bytes.length);
    }
    assertArrayEquals(bytes, world.read(digest(bytes)));
  }

  @Test
  void aReadThatWasGivenUpIsDoneAgain() throws Exception {
    byte[] bytes = random(2_000_000, 1);
    store("r", bytes);
    try (var reader = world.contents.reader(SCOPE, digest(bytes)); var in = reader.stream(0)) {
      var late = world.drivers.giveUpNext();
      byte[] first = in.readNBytes(100_000);
      late.letGo();
      assertArrayEquals(java.util.Arrays.copyOf(bytes, 100_000), first);
      assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 100_000, bytes.length), in.readAllBytes());
    }
  }

  @Test
  void aBeginWhoseAnswerWasLostDoesNotHoldTheRefForEver() throws Exception {
    byte[] bytes = random(1000, 1);
    var lost = world.drivers.giveUpNext(); // the first call of a writer without a digest is begin
    assertThrows(UnavailableException.class, () -> world.contents.writer(SCOPE, io.gantry.service.content.WriterSpec.of("r")));
    lost.letGo();
    store("r", bytes);
  }

  @Test
  void aSourceThatBreaksIsOpenedAgainAtTheOffset() throws Exception {
    byte[] bytes = random(1_000_000, 1);
    var opened = new ArrayList<Long>();
    var read = new AtomicLong();
    try (Writer w = world.contents.writer(SCOPE, spec("r", bytes))) {
      world.contents.write(w, offset -> {
        opened.add(offset);
        return breaking(bytes, offset, 130_000, read);
      });
      w.commit(digest(bytes), bytes.length);
    }
    assertTrue(opened.size() >= 7 && opened.getFirst() == 0, opened.toString());
    assertEquals(opened.stream().sorted().distinct().toList(), opened);
    assertTrue(read.get() <= bytes.length * 1.02, read + " bytes read");
  }

  private static InputStream breaking(byte[] bytes, long offset, int after, AtomicLong read) {
    return new FilterInputStream(new ByteArrayInputStream(bytes, (int) offset, bytes.length)) {
      private int left = after;

      @Override
      public int read(byte[] into, int at, int length) throws IOException {
        if (left == 0) throw new IOException("connection reset");
        int n = super.read(into, at, Math.min(length, left));
        left -= Math.max(0, n);
        read.addAndGet(Math.max(0, n));
        return n;
      }
    };
  }

  @Test
  void aSourceThatNeverMovesIsGivenUp() throws Exception {
    var opened = new AtomicLong();
    try (Writer w = world.contents.writer(SCOPE, spec("r", random(10, 1)))) {
      var e = assertThrows(IOException.class, () -> world.contents.write(w, offset -> {
        opened.incrementAndGet();
        throw new IOException("no route to host");
      }));
      assertEquals("no route to host", e.getMessage());
    }
    assertTrue(opened.get() > 1 && opened.get() < 20, opened + " tries");
  }

  @Test
  void whoWaitsForASourceIsToldWhenTheServiceEnds() throws Exception {
    var opened = new CountDownLatch(1);
    try (Writer w = world.contents.writer(SCOPE, spec("r", random(10, 1)))) {
      var copying = new FutureTask<Void>(() -> {
        world.contents.write(w, offset -> {
          opened.countDown();
          throw new UnavailableException("come later", Duration.ofSeconds(25), null);
        });
        return null;
      });
      Thread.ofVirtual().start(copying);
      opened.await();
      world.contents.close();
      var e = assertThrows(ExecutionException.class, () -> copying.get(10, TimeUnit.SECONDS));
      assertEquals("come later", e.getCause().getMessage());
    }
  }

  @Test
  void aTailEndsWithItsWrite() throws Exception {
    byte[] bytes = random(100_000, 1);
    try (Writer w = world.contents.writer(SCOPE, spec("r", bytes)); InputStream in = world.contents.tail(SCOPE, "r", digest(bytes),
        STALL)) {
      w.write(ByteBuffer.wrap(bytes, 0, 1000));
      assertArrayEquals(java.util.Arrays.copyOf(bytes, 1000), in.readNBytes(1000));
      w.truncate();
      assertThrows(IOException.class, in::read);
    }
  }

  @Test
  void aTailThatWaitsTooLongSaysSo() throws Exception {
    byte[] bytes = random(100, 1);
    try (InputStream in = world.contents.tail(SCOPE, "r", digest(bytes), Duration.ofMillis(50))) {
      long start = System.nanoTime();
      assertThrows(UnavailableException.class, in::read);
      assertTrue(System.nanoTime() - start < STALL.toNanos());
    }
  }

  @Test
  void aTailIsEndedByClosingIt() throws Exception {
    byte[] bytes = random(100, 1);
    InputStream in = world.contents.tail(SCOPE, "r", digest(bytes), STALL);
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var read = pool.submit(() -> in.read());
      Thread.sleep(20); // time to begin to wait; whether it did makes no difference to what must come
      in.close();
      assertThrows(java.util.concurrent.ExecutionException.class, () -> read.get(10, TimeUnit.SECONDS));
    }
  }

  /** Whoever closes it from another thread must not make its reader believe that it has seen all, verified. */
  @Test
  void whatWasClosedHasNoEnd() throws Exception {
    byte[] bytes = random(2_000_000, 1);
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    try (Reader reader = world.contents.reader(SCOPE, digest(bytes))) {
      for (int read : new int[] {0, 1000, bytes.length}) { // before its buffer, within it, and before the end was seen
        for (InputStream in : List.of(reader.stream(0), world.contents.tail(SCOPE, "r", digest(bytes), STALL))) {
          in.readNBytes(read);
          var closing = new FutureTask<Void>(() -> {
            in.close();
            return null;
          });
          Thread.ofVirtual().start(closing);
          closing.get();
          assertThrows(IOException.class, in::read, "after " + read);
          assertThrows(IOException.class, () -> in.read(new byte[10], 0, 10));
          assertThrows(IOException.class, in::available);
          in.close();
        }
      }
    }
  }

  private static long direct() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().filter(p -> p.getName().equals("direct")).findFirst()
        .orElseThrow().getMemoryUsed();
  }

  /** Streams of documents, open beside each other; direct memory is given back by the collector alone. */
  @Test
  void smallBlobsTakeSmallBuffers() throws Exception {
    byte[] bytes = random(1000, 1);
    world.contents.put(SCOPE, spec("r", bytes), bytes);
    List<InputStream> open = new ArrayList<>();
    long before = direct();
    for (int i = 0; i < 200; i++) {
      open.add(world.contents.reader(SCOPE, digest(bytes)).stream(0));
      assertEquals(bytes[0] & 0xff, open.getLast().read());
    }
    long taken = direct() - before;
    assertTrue(taken < 10_000_000, taken + " bytes for " + open.size() + " streams of " + bytes.length);
    for (InputStream in : open) assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 1, 1000), in.readAllBytes());
  }
}
