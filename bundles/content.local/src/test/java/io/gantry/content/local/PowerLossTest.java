package io.gantry.content.local;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.world.LossyDisk;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a disk that loses what was not synced. */
class PowerLossTest {
  @TempDir Path folder;

  @Test
  void aBlobThatWasCommittedIsWhole() throws Exception {
    assumeTrue(LossyDisk.missing().isEmpty(), () -> LossyDisk.missing().orElse(""));
    byte[] bytes = LocalStoreTest.random(300_000, 7);
    try (LossyDisk disk = LossyDisk.make(folder, 32); var store = new LocalStore(disk.path().resolve("store"), Host.here(), 64 << 20)) {
      IngestKey key = store.begin(new IngestSpec("r", Optional.empty(), OptionalLong.empty(), 1)).key();
      store.append(key, 0, ByteBuffer.wrap(bytes));
      store.commit(key, LocalStoreTest.digest(bytes), bytes.length);
      try (LossyDisk left = disk.afterPowerLoss(); var after = new LocalStore(left.path().resolve("store"), Host.here(), 64 << 20)) {
        assertEquals(bytes.length, after.find(LocalStoreTest.digest(bytes)).orElseThrow().size());
        ByteBuffer read = ByteBuffer.allocate(bytes.length);
        while (read.hasRemaining()) after.read(LocalStoreTest.digest(bytes), read.position(), read);
        assertArrayEquals(bytes, read.array());
      }
    }
  }
}
