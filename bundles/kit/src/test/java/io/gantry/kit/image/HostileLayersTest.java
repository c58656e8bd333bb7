package io.gantry.kit.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostileLayersTest {
  @TempDir Path temp;

  @Test
  void everyCaseHasItsOwnNameAndBytesThatEnd() {
    var names = new HashSet<String>();
    for (Breakout b : HostileLayers.breakouts()) {
      assertTrue(names.add(b.name()), b.name());
      assertEquals(0, b.tar(temp).length % 512);
    }
    assertTrue(names.size() >= 36, names.size() + " cases");
  }

  @Test
  void checksFindWhatIsWrong() throws Exception {
    Path root = Files.createDirectory(temp.resolve("root"));
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Breakout.lay(outside);
    Breakout any = HostileLayers.breakouts().getFirst();
    assertThrows(AssertionError.class, () -> any.verify(root, outside), "nothing was unpacked");
    Files.createDirectory(root.resolve("etc"));
    Files.writeString(root.resolve("etc/unbroken"), "unbroken");
    any.verify(root, outside);
    Files.setPosixFilePermissions(outside.resolve("perm400"), java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThrows(AssertionError.class, () -> any.verify(root, outside), "a mode outside was changed");
  }

  @Test
  void linksAreFollowedBeneathTheRootOnly() throws Exception {
    Files.createDirectories(temp.resolve("a/b"));
    Files.writeString(temp.resolve("a/b/f"), "x");
    Files.createSymbolicLink(temp.resolve("up"), Path.of("../../../a"));
    Files.createSymbolicLink(temp.resolve("abs"), Path.of("/up/b"));
    assertEquals(temp.resolve("a/b/f"), TreeCheck.inside(temp, "abs/f"));
  }
}
