package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrivateFolderTest {
  private Path base;

  /** Not of JUnit: its paths are too long to have sockets. */
  @BeforeEach
  void make() throws IOException {
    base = Files.createTempDirectory("far");
  }

  @AfterEach
  void remove() throws IOException {
    for (String name : names()) {
      Files.deleteIfExists(base.resolve(name).resolve("lock"));
      Files.delete(base.resolve(name));
    }
    Files.delete(base);
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> all = Files.list(base)) {
      return all.map(p -> p.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void isOurOwnAndGoesWithAllThatIsInIt() throws Exception {
    try (PrivateFolder folder = PrivateFolder.make(base.toString())) {
      assertEquals(base, folder.path().getParent());
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())));
      Files.createDirectories(folder.path().resolve("a/b"));
      Files.writeString(folder.path().resolve("a/b/c"), "x");
      Files.createSymbolicLink(folder.path().resolve("a/out"), base);
    }
    assertEquals(Set.of(), names());
  }

  @Test
  void takesAwayWhatOneLeftThatWasKilled() throws Exception {
    Path left = left("left", "rwx------");
    Path begins = left("begins", "rwx------");
    Files.delete(begins.resolve("lock")); // it has no name yet
    try (PrivateFolder mine = PrivateFolder.make(base.toString()); PrivateFolder other = PrivateFolder.make(base.toString())) {
      assertFalse(Files.exists(left));
      assertTrue(Files.exists(begins) && Files.exists(mine.path()) && Files.exists(other.path()));
    }
  }

  private Path left(String name, String mode) throws IOException {
    Path left = Files.createDirectory(base.resolve(PrivateFolder.PREFIX + name));
    Files.createFile(left.resolve("lock"));
    return Files.setPosixFilePermissions(left, PosixFilePermissions.fromString(mode));
  }

  /** Whose folder it is can exchange what is in it while it is taken away. */
  @Test
  void leavesWhatOthersMayHaveMade() throws Exception {
    Path open = left("open", "rwxrwxrwx");
    Path foreign = left("foreign", "rwx------");
    boolean root = Files.getAttribute(base, "unix:uid").equals(0);
    if (root) Files.setAttribute(foreign, "unix:uid", 65534);
    try (PrivateFolder mine = PrivateFolder.make(base.toString())) {
      assertEquals(base, mine.path().getParent());
      assertTrue(Files.exists(open.resolve("lock")));
      assertEquals(root, Files.exists(foreign.resolve("lock")));
    }
    if (root) Files.setAttribute(base, "unix:uid", 65534);
    else Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (PrivateFolder mine = PrivateFolder.make(base.toString())) {
      assertEquals(Path.of("/tmp"), mine.path().getParent(), "a runtime folder that is another user's, or open to others, is not used");
    }
  }

  @Test
  void takesAnotherPlaceWhereNoSocketWouldHaveRoom() throws Exception {
    try (PrivateFolder folder = PrivateFolder.make("/" + "x".repeat(80))) {
      assertEquals(Path.of("/tmp"), folder.path().getParent());
    }
    try (PrivateFolder folder = PrivateFolder.make(null)) {
      assertEquals(Path.of("/tmp"), folder.path().getParent());
    }
  }
}
