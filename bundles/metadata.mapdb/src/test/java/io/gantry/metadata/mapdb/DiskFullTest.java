package io.gantry.metadata.mapdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.kit.world.SmallDisk;
import io.gantry.spi.metadata.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
    small = SmallDisk.mount(disk, 4);
  }

  @AfterEach
  void unmount() throws IOException {
    if (small != null) small.close();
  }

  @Test
  void aFullDiskRefusesCommitsAndChangesNothing() throws Exception {
    Path root = disk.resolve("store");
    long last = 0;
    try (var store = new JournaledStore(root, Options.defaults())) {
      last = store.commit(Batch.builder().put(JournaledStoreTest.key("a"), new byte[10]).build());
      Path fill = small.fill();
      long before = last;
      assertThrows(ExhaustedException.class, () -> store.commit(Batch.builder().put(JournaledStoreTest.key("b"), new byte[900_000])
          .build()));
      assertEquals(before, store.sequence());
      assertEquals(Optional.empty(), store.get(JournaledStoreTest.key("b")));
      Files.delete(fill);
      last = store.commit(Batch.builder().put(JournaledStoreTest.key("c"), new byte[10]).build());
      small.fill();
      store.abandon();
    }
    try (var store = new JournaledStore(root, Options.defaults())) { // killed, and opened with the disk still full
      assertEquals(last, store.sequence());
      assertEquals(2, store.range(JournaledStoreTest.key("a"), JournaledStoreTest.key("z"), 10).size());
      Files.delete(disk.resolve("fill"));
      store.commit(Batch.builder().put(JournaledStoreTest.key("d"), new byte[10]).build());
    }
  }
}
