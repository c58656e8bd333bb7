package io.gantry.metadata.mapdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.world.LossyDisk;
import io.gantry.spi.metadata.Batch;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a disk that loses what was not synced. */
class PowerLossTest {
  @TempDir Path folder;

  @Test
  void whatWasCommittedIsThere() throws Exception {
    assumeTrue(LossyDisk.missing().isEmpty(), () -> LossyDisk.missing().orElse(""));
    try (LossyDisk disk = LossyDisk.make(folder, 32); var store = new JournaledStore(disk.path().resolve("store"), Options.defaults())) {
      for (String key : new String[] {"a", "b", "c"}) store.commit(Batch.builder().put(JournaledStoreTest.key(key), new byte[10]).build());
      try (LossyDisk left = disk.afterPowerLoss(); var after = new JournaledStore(left.path().resolve("store"), Options.defaults())) {
        assertEquals(store.sequence(), after.sequence());
        assertEquals(3, after.range(JournaledStoreTest.key("a"), JournaledStoreTest.key("z"), 10).size());
      }
    }
  }
}
