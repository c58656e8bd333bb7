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
import io.gantry.service.content.Source;
import io.gantry.service.content.Writer;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fetch onto a real file system that is full. */
class DiskFullTest {
  @TempDir Path disk;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small tmpfs");
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.toString()) == 0, "mount of a tmpfs is not permitted here");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", disk.toString());
  }

  private static int run(String... command) throws Exception {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    return p.waitFor(10, TimeUnit.SECONDS) ? p.exitValue() : -1;
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
