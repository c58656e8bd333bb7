package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShelfTest {
  @Test
  void foldersComeAndGoAsWholes() throws IOException {
    try (Temp temp = new Temp(); Shelf shelf = Shelf.open(temp.path.resolve("shelf"))) {
      assertFalse(shelf.has("a"));
      try (Fd fresh = shelf.fresh("a", "1")) {
        fresh.mkdir(b("inside"), 0755);
        assertEquals(List.of(), shelf.list(Optional.empty(), 10));
      }
      shelf.fresh("a", "1").close(); // goes on with it
      shelf.publish("a", "1");
      assertEquals(List.of("a"), shelf.list(Optional.empty(), 10));
      try (Fd a = shelf.find("a").orElseThrow()) {
        assertTrue(a.find(b("inside")).isPresent());
      }
      shelf.fresh("a", "2").close();
      shelf.publish("a", "2"); // somebody was quicker: theirs stays
      assertTrue(Files.exists(temp.path.resolve("shelf/a/inside")));
      assertThrows(ErrnoException.class, () -> shelf.publish("b", "1"));
      assertTrue(shelf.remove("a", Budget.unlimited()));
      assertTrue(shelf.remove("a", Budget.unlimited()));
      assertTrue(Trees.remove(temp.fd, b("shelf"), Budget.unlimited()));
    }
  }

  @Test
  void removalGoesOnWhereItStopped() throws IOException {
    try (Temp temp = new Temp()) {
      Path folder = temp.path.resolve("shelf");
      try (Shelf shelf = Shelf.open(folder)) {
        for (int i = 0; i < 200; i++) Files.createDirectories(folder.resolve("a/" + i));
        Files.createDirectories(folder.resolve(".gone-a/of/before")); // in the way
        assertFalse(shelf.remove("a", Budget.entries(1)));
      }
      try (Shelf again = Shelf.open(folder)) {
        int slices = 1;
        while (!again.remove("a", Budget.entries(50))) slices++;
        assertTrue(slices >= 4, slices + " slices");
        assertEquals(List.of(), again.fd().list());
      }
      assertTrue(Trees.remove(temp.fd, b("shelf"), Budget.unlimited()));
    }
  }

  @Test
  void onlyWhatNobodyTouchedIsSwept() throws IOException {
    try (Temp temp = new Temp()) {
      Path folder = temp.path.resolve("shelf");
      for (String name : List.of(".new-x.3/deep", ".gone-y/deep", "z/deep", ".other/deep")) Files.createDirectories(folder.resolve(name));
      long now = System.currentTimeMillis() / 1000;
      try (Shelf shelf = Shelf.open(folder)) {
        shelf.sweep(Budget.unlimited(), now);
        assertEquals(4, shelf.fd().list().size(), "what may be at work is left alone");
      }
      try (Shelf later = Shelf.open(folder)) {
        later.sweep(Budget.entries(2), now + 601);
        later.sweep(Budget.unlimited(), now + 601);
        assertEquals(List.of(".other", "z"), later.fd().list().stream().map(Dirent::toString).sorted().toList());
      }
      assertTrue(Trees.remove(temp.fd, b("shelf"), Budget.unlimited()));
    }
  }

  @Test
  void sealedOnceAndCounted() throws IOException {
    try (Temp temp = new Temp(); Fd folder = folder(temp)) {
      Optional<TreeSeal.Counted> counted = Optional.empty();
      int slices = 0;
      for (; counted.isEmpty(); slices++) counted = TreeSeal.seal(temp.path.toString(), folder, b("fs"), Budget.entries(20));
      assertTrue(slices >= 5, slices + " slices");
      assertEquals(101, counted.get().inodes());
      assertEquals(counted, TreeSeal.mark(folder));
      assertEquals(counted, TreeSeal.seal(temp.path.toString(), folder, b("fs"), Budget.entries(0)));
      assertEquals(2, folder.list().size(), "the tree and its mark");
      folder.unlink(b("sealed"));
      folder.symlink(b("nonsense"), b("sealed"));
      assertThrows(IOException.class, () -> TreeSeal.mark(folder));
      assertTrue(Trees.remove(temp.fd, b("folder"), Budget.unlimited()));
    }
  }

  private static Fd folder(Temp temp) throws IOException {
    for (int i = 0; i < 100; i++) Files.createDirectories(temp.path.resolve("folder/fs/" + i));
    return temp.fd.open(b("folder"), Open.DIRECTORY, 0);
  }

  @Test
  void aProgressThatACrashCutIsBegunAgain() throws IOException {
    try (Temp temp = new Temp(); Fd folder = folder(temp)) {
      Files.write(temp.path.resolve("folder/.census"), new byte[] {0, 0, 1});
      Optional<TreeSeal.Counted> counted = Optional.empty();
      while (counted.isEmpty()) counted = TreeSeal.seal(temp.path + "2", folder, b("fs"), Budget.unlimited());
      assertEquals(101, counted.get().inodes());
      assertTrue(Trees.remove(temp.fd, b("folder"), Budget.unlimited()));
    }
  }

  @Test
  void whoAsksTogetherWaitsForOneSync() throws Exception {
    try (Temp temp = new Temp()) {
      FsSync.Ticket first = FsSync.ask(temp.fd);
      FsSync.Ticket second = FsSync.ask(temp.fd);
      FsSync.Ticket third = FsSync.ask(temp.fd);
      assertTrue(second == third || first == second, "those that came while one ran share a round");
      assertTrue(third.done(Duration.ofMinutes(1)));
      assertTrue(first.done(Duration.ZERO));
      while (!FsSync.done("work of this test", temp.fd, Duration.ofSeconds(1))) continue;
    }
  }
}
