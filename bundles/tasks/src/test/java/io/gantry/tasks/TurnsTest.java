package io.gantry.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.spi.runtime.TaskId;
import java.util.ArrayList;
import java.util.List;
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
}
