package io.gantry.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StallWatchTest {
  private final StallWatch watch = new StallWatch();

  @Test
  void theLongestTimeWithoutProgress() {
    long[][] all = {{0, 1, 5}, {10, 1, 5}, {30, 1, 5}, {31, 1, 6}, {50, 1, 7}, {60, 1, 7}};
    for (long[] s : all) watch.see(s[0], (int) s[1], s[2]);
    assertEquals(Duration.ofNanos(30), watch.longest());
    assertEquals(Duration.ofNanos(30), watch.reset());
    watch.see(62, 1, 7);
    assertEquals(Duration.ofNanos(12), watch.longest(), "it goes on");
  }

  @Test
  void whatDoesNotRunDoesNotStall() {
    long[][] all = {{0, 0, 0}, {100, 0, 0}, {101, 1, 0}, {104, 1, 0}, {105, 0, 0}, {200, 0, 0}, {300, 2, 0}, {301, 2, 0}};
    for (long[] s : all) watch.see(s[0], (int) s[1], s[2]);
    assertEquals(Duration.ofNanos(3), watch.longest());
  }

  @Test
  void anotherOneBeginsAnew() {
    watch.see(0, 1, 7);
    watch.see(50, 2, 7);
    assertEquals(Duration.ZERO, watch.longest());
  }
}
