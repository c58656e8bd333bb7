package io.gantry.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryTest {
  private static final List<String> ROLLUP = List.of("00400000-7fff r--p 00000000 00:00 0  [rollup]", "Rss:              100000 kB",
      "Pss:               50000 kB", "Pss_Anon:          40000 kB");

  @Test
  void fields() throws IOException {
    assertEquals(102.4, Memory.read(ROLLUP, "Rss"));
    assertEquals(51.2, Memory.read(ROLLUP, "Pss"));
  }

  @Test
  void aMissingFieldIsAnError() {
    assertThrows(IOException.class, () -> Memory.read(ROLLUP, "Swap"));
  }
}
