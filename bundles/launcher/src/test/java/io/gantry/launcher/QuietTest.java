package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QuietTest {
  private long ticks;
  private int collections;
  private final Quiet quiet = new Quiet(() -> ticks, () -> {
    collections++;
    ticks += 8; // a collection is work of its own
  });

  private int look(long used) {
    ticks += used;
    quiet.look();
    return collections;
  }

  @Test
  void collectsOnceAfterEachStretchOfWork() {
    assertEquals(0, look(300), "busy");
    assertEquals(0, look(200), "still busy");
    assertEquals(1, look(2), "quiet after work");
    assertEquals(1, look(2), "quiet for longer");
    assertEquals(1, look(1));
    assertEquals(1, look(80), "busy again");
    assertEquals(2, look(0));
  }

  @Test
  void aLittleNowAndThenIsNoWork() {
    look(300);
    look(0);
    for (int i = 0; i < 4; i++) look(9);
    assertEquals(1, collections);
    look(9);
    look(9);
    assertEquals(2, collections, "it adds up");
  }
}
