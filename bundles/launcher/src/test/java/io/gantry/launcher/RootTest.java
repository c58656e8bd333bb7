package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RootTest {
  /** By a short path: sockets lie below. */
  @TempDir Path folder;
  private Path root;
  private Path state;

  @BeforeEach
  void folders() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    root = folder.resolve("root");
    state = folder.resolve("state");
  }

  private String refused() {
    return assertThrows(IOException.class, () -> Root.take(root, state)).getMessage();
  }

  @Test
  void eachStartCounts() throws IOException {
    for (long n = 1; n <= 3; n++) {
      try (Root r = Root.take(root, state)) {
        assertEquals(n, r.boot());
        assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(state.resolve("gantry.pid")));
      }
      assertTrue(Files.notExists(state.resolve("gantry.pid")));
    }
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(root)));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)));
  }

  @Test
  void oneManagerPerRootAndPerState() throws IOException {
    try (Root r = Root.take(root, state)) {
      String owner = "another manager (pid " + ProcessHandle.current().pid() + ") runs on ";
      assertTrue(refused().startsWith(owner + root));
      Path free = root;
      root = folder.resolve("other");
      assertTrue(refused().startsWith(owner + state));
      root = free;
    }
    Root.take(root, state).close();
    root = folder.resolve("other");
    Root.take(root, state).close();
  }

  @Test
  void aPathThatLeavesNoRoomForSocketsIsRefused() {
    state = folder.resolve("s".repeat(100));
    assertTrue(refused().contains("choose another by --state"));
    assertTrue(Files.notExists(state) && Files.notExists(root), "nothing was made");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b", "a,b", "a=b", "a\\b", "a b", "a\tb"})
  void aRootThatMountsCannotNameIsRefused(String name) throws IOException {
    root = folder.resolve(name);
    assertTrue(refused().contains("choose another by --root"));
    assertTrue(Files.notExists(state) && Files.notExists(root), "nothing was made");
    root = folder.resolve("root");
    Root.take(root, folder.resolve(name)).close();
  }

  @Test
  void rootAndStateMayBeOneFolder() throws IOException {
    try (Root r = Root.take(root, root)) {
      assertEquals(1, r.boot());
    }
  }

  @Test
  void whatAnotherVersionWroteIsRefused() throws IOException {
    Root.take(root, state).close();
    Files.writeString(root.resolve("VERSION"), "2\n");
    assertTrue(refused().contains("says layout 2, this program knows 1"));
  }

  @Test
  void aCountThatIsNoNumberIsRefused() throws IOException {
    Root.take(root, state).close();
    Files.writeString(root.resolve("boot"), "many");
    assertTrue(refused().contains("write one larger than any before"));
    Files.writeString(root.resolve("boot"), "7");
    try (Root r = Root.take(root, state)) {
      assertEquals(8, r.boot());
    }
  }

  @Test
  void aFileInThePlaceOfAFolder() throws IOException {
    Files.writeString(folder.resolve("root"), "");
    assertTrue(refused().startsWith("cannot make the folder " + root));
  }
}
