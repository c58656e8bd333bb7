package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class KeyedPermitsTest {
  private final KeyedPermits keys = new KeyedPermits();

  /** Somebody who wants a key. */
  private record Other(Thread thread, FutureTask<KeyedPermits.Permit> task) {
    KeyedPermits.Permit permit() throws Exception {
      return task.get(10, TimeUnit.SECONDS);
    }

    void waits() {
      assertThrows(TimeoutException.class, () -> task.get(100, TimeUnit.MILLISECONDS));
    }
  }

  private Other other(String key) {
    var task = new FutureTask<>(() -> keys.acquire(key));
    return new Other(Thread.ofVirtual().start(task), task);
  }

  @Test
  void oneHolderPerKey() throws Exception {
    KeyedPermits.Permit mine = keys.acquire("a");
    other("b").permit().close();
    Other second = other("a");
    second.waits();
    Thread.ofVirtual().start(mine::close).join(); // whoever gives it back
    second.permit().close();
    assertEquals(0, keys.size());
  }

  @Test
  void givenBackTwiceItIsStillAnothers() throws Exception {
    KeyedPermits.Permit mine = keys.acquire("a");
    mine.close();
    try (KeyedPermits.Permit second = other("a").permit()) {
      mine.close();
      Other third = other("a");
      third.waits();
      second.close();
      try (KeyedPermits.Permit held = third.permit()) {
        second.close();
        assertEquals(1, keys.size());
      }
    }
    assertEquals(0, keys.size());
  }

  @Test
  void whoIsInterruptedHoldsNothing() throws Exception {
    try (KeyedPermits.Permit mine = keys.acquire("a")) {
      Other second = other("a");
      second.waits();
      second.thread().interrupt();
      var e = assertThrows(ExecutionException.class, second::permit);
      assertTrue(assertInstanceOf(InterruptedIOException.class, e.getCause()).getMessage().contains("unpacking of a was interrupted"));
      assertFalse(mine == null);
    }
    other("a").permit().close();
    assertEquals(0, keys.size());
  }
}
