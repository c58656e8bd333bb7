package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.UnavailableException;
import io.gantry.spi.runtime.TaskId;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns();

  @Test
  void oneAfterTheOtherForEachContainer() throws Exception {
    int[] counted = new int[2];
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      int which = t % 2;
      all.add(Thread.ofPlatform().start(() -> {
        for (int i = 0; i < 20_000; i++) {
          try (var turn = turns.take(TaskId.of("n", "c" + which))) {
            counted[which]++;
          }
        }
      }));
    }
    for (Thread t : all) t.join();
    assertEquals(List.of(80_000, 80_000), List.of(counted[0], counted[1]));
    assertEquals(0, turns.size(), "none is left");
  }

  @Test
  void whoHasItMayTakeItAgain() {
    try (var outer = turns.take(TaskId.of("n", "c"))) {
      try (var inner = turns.take(TaskId.of("n", "c"))) {
        assertEquals(1, turns.size());
      }
      assertEquals(1, turns.size());
    }
    assertEquals(0, turns.size());
  }

  @Test
  void whoHasADeadlineIsToldThatItPassed() throws Exception {
    TaskId id = TaskId.of("n", "c");
    try (var outer = turns.take(id)) {
      Callable<Object> late = () -> assertThrows(UnavailableException.class, () -> turns.take(id, Instant.now().plusMillis(50)));
      Callable<Object> interrupted = () -> {
        Thread.currentThread().interrupt();
        return assertThrows(InterruptedIOException.class, () -> turns.take(id, Instant.MAX));
      };
      for (Callable<Object> c : List.of(late, interrupted)) {
        var waits = new FutureTask<>(c);
        Thread.ofPlatform().start(waits);
        waits.get();
      }
      assertEquals(1, turns.size());
    }
    try (var free = turns.take(id, Instant.now().plusMillis(50))) {
      assertEquals(1, turns.size());
    }
    assertEquals(0, turns.size());
  }
}
