package io.gantry.content;

import static io.gantry.content.World.SCOPE;
import static io.gantry.content.World.digest;
import static io.gantry.content.World.random;
import static io.gantry.content.World.spec;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.kit.world.SmallDisk;
import io.gantry.service.content.Source;
import io.gantry.service.content.Writer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fetch onto a real file system that is full. */
class DiskFullTest {
  @TempDir Path disk;

  private SmallDisk small;

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(SmallDisk.missing().isEmpty(), () -> SmallDisk.missing().orElse(""));
    small = SmallDisk.mount(disk, 3);
  }

  @AfterEach
  void unmount() throws IOException {
    if (small != null) small.close();
  }

  @Test
  void aFetchEndsAtOnceAndGoesOnWhenThereIsRoom() throws Exception {
    byte[] bytes = random(2_000_000, 1);
    Path ballast = disk.resolve("ballast");
    Files.write(ballast, new byte[2 << 20]);
    try (var world = new World(disk.resolve("store"))) {
      var opened = new AtomicInteger();
      Source source = offset -> {
        opened.incrementAndGet();
        return new ByteArrayInputStream(bytes, (int) offset, bytes.length);
      };
      long kept;
      try (Writer w = world.contents.writer(SCOPE, spec("r", bytes))) {
        var e = assertThrows(ExhaustedException.class, () -> world.contents.write(w, source));
        assertTrue(e.getMessage().contains("disk is full"), e.getMessage());
        kept = w.status().offset();
      }
      assertEquals(1, opened.get(), "a full disk is not tried again");
      assertEquals(Optional.empty(), world.contents.find(SCOPE, digest(bytes)));
      assertEquals(List.of(), world.told);
      assertEquals(kept, world.contents.status(SCOPE, "r").orElseThrow().offset());
      Files.delete(ballast);
      try (Writer w = world.contents.writer(SCOPE, spec("r", bytes))) {
        assertEquals(kept, w.status().offset());
        world.contents.write(w, source);
        w.commit(digest(bytes), bytes.length);
      }
      assertArrayEquals(bytes, world.read(digest(bytes)));
    }
  }
}
