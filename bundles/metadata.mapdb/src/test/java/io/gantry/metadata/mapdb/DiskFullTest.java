package io.gantry.metadata.mapdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.spi.metadata.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real file system that is full. */
class DiskFullTest {
  @TempDir Path disk;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small tmpfs");
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()) == 0, "mount of a tmpfs is not permitted here");
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
  void aFullDiskRefusesCommitsAndChangesNothing() throws Exception {
    Path root = disk.resolve("store");
    long last = 0;
    try (var store = new JournaledStore(root, Options.defaults())) {
      last = store.commit(Batch.builder().put(JournaledStoreTest.key("a"), new byte[10]).build());
      fill();
      long before = last;
      assertThrows(ExhaustedException.class, () -> store.commit(Batch.builder().put(JournaledStoreTest.key("b"), new byte[900_000])
          .build()));
      assertEquals(before, store.sequence());
      assertEquals(Optional.empty(), store.get(JournaledStoreTest.key("b")));
      Files.delete(disk.resolve("fill"));
      last = store.commit(Batch.builder().put(JournaledStoreTest.key("c"), new byte[10]).build());
      fill();
      store.abandon();
    }
    try (var store = new JournaledStore(root, Options.defaults())) { // killed, and opened with the disk still full
      assertEquals(last, store.sequence());
      assertEquals(2, store.range(JournaledStoreTest.key("a"), JournaledStoreTest.key("z"), 10).size());
      Files.delete(disk.resolve("fill"));
      store.commit(Batch.builder().put(JournaledStoreTest.key("d"), new byte[10]).build());
    }
  }

  private void fill() throws IOException {
    try (var out = Files.newOutputStream(disk.resolve("fill"))) {
      byte[] page = new byte[4096];
      while (true) out.write(page);
    } catch (IOException e) {
      if (!e.getMessage().contains("No space")) throw e;
    }
  }
}
