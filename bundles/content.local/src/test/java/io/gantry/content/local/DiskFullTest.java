package io.gantry.content.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.kit.world.SmallDisk;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real file system that is full. */
class DiskFullTest {
  @TempDir Path disk;

  private SmallDisk small;

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(SmallDisk.missing().isEmpty(), () -> SmallDisk.missing().orElse(""));
    small = SmallDisk.mount(disk, 2);
  }

  @AfterEach
  void unmount() throws IOException {
    if (small != null) small.close();
  }

  @Test
  void bytesSoFarStayAndTheWriteGoesOnWhenThereIsRoom() throws Exception {
    Path ballast = disk.resolve("ballast");
    Files.write(ballast, new byte[1 << 20]);
    try (var store = new LocalStore(disk.resolve("store"), Host.here(), 64 << 20)) {
      IngestKey key = store.begin(new IngestSpec("r", Optional.empty(), OptionalLong.empty(), 1)).key();
      byte[] bytes = LocalStoreTest.random(1_500_000, 7);
      store.append(key, 0, ByteBuffer.wrap(bytes, 0, 500_000));
      ByteBuffer rest = ByteBuffer.wrap(bytes, 500_000, 1_000_000);
      var e = assertThrows(ExhaustedException.class, () -> store.append(key, 500_000, rest));
      assertTrue(e.getMessage().contains("disk is full"), e.getMessage());
      assertEquals(1_000_000, rest.remaining());
      assertEquals(500_000, store.status("r").orElseThrow().offset());
      assertEquals(Optional.empty(), store.find(LocalStoreTest.digest(bytes)));
      Files.delete(ballast);
      assertEquals(1_500_000, store.append(key, 500_000, rest));
      assertEquals(1_500_000, store.commit(key, LocalStoreTest.digest(bytes), 1_500_000).orElseThrow().size());
    }
  }
}
