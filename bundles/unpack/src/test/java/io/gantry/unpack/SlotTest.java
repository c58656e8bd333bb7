package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlotTest {
  private final Semaphore slots = new Semaphore(1);

  @Test
  void isFreeForOthersWhileItWaitsForBytes() throws Exception {
    PipedOutputStream slow = new PipedOutputStream();
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    try (PipedInputStream blob = new PipedInputStream(slow)) {
      Thread first = Thread.ofPlatform().start(() -> {
        try (Slot slot = new Slot(slots)) {
          taken.countDown();
          if (slot.sharing(blob).read() == 7) read.countDown();
        } catch (java.io.IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      assertTrue(taken.await(10, TimeUnit.SECONDS));
      assertTrue(slots.tryAcquire(10, TimeUnit.SECONDS), "the first waits for bytes and holds no slot");
      slow.write(7);
      slow.flush();
      assertEquals(false, read.await(100, TimeUnit.MILLISECONDS), "it has its bytes, and goes on only in its turn");
      slots.release();
      assertTrue(read.await(10, TimeUnit.SECONDS));
      first.join();
    }
    assertEquals(1, slots.availablePermits());
  }

  @Test
  void isKeptWhereBytesAreThere() throws Exception {
    try (Slot slot = new Slot(slots); InputStream in = slot.sharing(new java.io.ByteArrayInputStream(new byte[10]))) {
      assertEquals(10, in.read(new byte[20]));
      assertEquals(0, slots.availablePermits());
    }
    assertEquals(1, slots.availablePermits());
  }

  @Test
  void theirNumberChangesWhileTheyAreHeld() throws Exception {
    Slots all = new Slots(0);
    all.resize(3);
    all.acquire(3);
    all.resize(1);
    all.release(2);
    assertEquals(0, all.availablePermits(), "one is held, and there is one");
    all.release();
    assertEquals(1, all.availablePermits());
    all.resize(2);
    assertEquals(2, all.availablePermits());
  }
}
