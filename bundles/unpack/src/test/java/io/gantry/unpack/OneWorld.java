package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests with a world each, of which nothing is left half made. */
abstract class OneWorld {
  World world;

  @BeforeEach
  void open() throws IOException {
    world = new World();
  }

  @AfterEach
  void close() throws IOException {
    if (world == null) return;
    try (World ended = world) {
      assertEquals(List.of(), ended.halfMade());
    }
  }
}
