package io.gantry.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WorkGroupTest {
  private final WorkGroup group = new WorkGroup();

  /** Its owner's interruption ends all, and he stays interrupted. */
  @Test
  void anInterruptionEndsAllAndStays() {
    var ended = new CountDownLatch(2);
    for (String name : new String[] {"one", "two"}) {
      group.start(name, false, () -> {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          ended.countDown();
        }
      });
    }
    Thread.currentThread().interrupt();
    var e = assertThrows(InterruptedIOException.class, () -> group.join("it works"));
    assertTrue(Thread.interrupted(), "it stays");
    assertEquals("interrupted while it works, at work: 0", e.getMessage() + ", at work: " + ended.getCount());
  }

  @Test
  void theFailureThatIsNoInterruptionIsThrown() {
    var why = new IOException("why");
    group.start("waits", true, () -> {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new InterruptedIOException("by the other's failure");
      }
    });
    group.start("fails", false, () -> {
      throw why;
    });
    assertEquals(why, assertThrows(IOException.class, () -> group.join("it works")));
    assertEquals(false, Thread.interrupted());
  }
}
