package io.gantry.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {
  private final List<String> done = new ArrayList<>();
  private final Cleanup cleanup = new Cleanup("test");

  @Test
  void latestFirstAndOnce() throws IOException {
    cleanup.add("a", () -> done.add("a"));
    cleanup.add("b", () -> done.add("b"));
    cleanup.run();
    cleanup.run();
    assertEquals(List.of("b", "a"), done);
  }

  @Test
  void aFailureLeavesNoOtherOut() throws IOException {
    cleanup.add("a", () -> done.add("a"));
    cleanup.add("b", () -> {
      throw new IOException("this one fails on purpose");
    });
    cleanup.run();
    assertEquals(List.of("a"), done);
  }

  @Test
  void tooLateIsDoneAtOnceAndRefused() {
    cleanup.run();
    assertThrows(IOException.class, () -> cleanup.add("a", () -> done.add("a")));
    assertEquals(List.of("a"), done);
  }
}
