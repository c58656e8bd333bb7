package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths that try to leave a folder. */
class ResolveTest {
  @TempDir Path outside;

  private int beneath(Fd root, String path) throws IOException {
    return errno(() -> root.beneath(b(path), Open.RDONLY).close());
  }

  private static int errno(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(ErrnoException.class, call).errno();
  }

  @Test
  void nothingLeadsOut() throws IOException {
    Files.writeString(outside.resolve("secret"), "outside");
    Path inside = Files.createDirectories(outside.resolve("root/dir"));
    Files.createSymbolicLink(inside.resolve("up"), Path.of("../../secret"));
    Files.createSymbolicLink(inside.resolve("absolute"), outside.resolve("secret"));
    Files.createSymbolicLink(inside.resolve("self"), Path.of("/proc/self/cwd"));
    Files.createSymbolicLink(inside.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(inside.resolve("fine"), Path.of("../dir"));
    try (Fd root = Fd.open(outside.resolve("root"))) {
      for (String path : new String[] {"../secret", "dir/../../secret", "dir/up", "dir/absolute", "dir/self", "/etc/passwd"}) {
        assertEquals(Errno.EXDEV, beneath(root, path), path);
      }
      assertEquals(Errno.ELOOP, beneath(root, "dir/loop"));
      root.beneath(b("dir/fine/../dir"), Open.DIRECTORY).close();
      assertEquals(Errno.ELOOP, errno(() -> root.resolve(b("dir/fine"), 0, 0, Resolve.NO_SYMLINKS)));
      assertEquals(Errno.ELOOP, errno(() -> root.resolve(b("dir/fine"), Open.NOFOLLOW, 0, Resolve.BENEATH)));
    }
  }

  @Test
  void asInAContainer() throws IOException {
    Path root = Files.createDirectories(outside.resolve("root/etc"));
    Files.writeString(root.resolve("passwd"), "inside");
    Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(root.resolve("up"), Path.of("../../../../etc/passwd"));
    try (Fd fd = Fd.open(outside.resolve("root"))) {
      for (String path : new String[] {"/etc/passwd", "etc/absolute", "etc/up", "../../etc/passwd"}) {
        try (Fd file = fd.inRoot(b(path), Open.RDONLY)) {
          assertArrayEquals(b("inside"), file.readAll(100), path);
        }
      }
    }
  }

  @Test
  void mountsAndMagicLinks() throws IOException {
    try (Fd slash = Fd.open(Path.of("/"))) {
      assertEquals(Errno.EXDEV, errno(() -> slash.resolve(b("proc/self"), Open.PATH, 0, Resolve.NO_XDEV)));
      assertEquals(Errno.ELOOP, errno(() -> slash.resolve(b("proc/self/exe"), Open.RDONLY, 0, Resolve.NO_MAGICLINKS)));
      assertEquals(Errno.EINVAL, errno(() -> slash.resolve(b("tmp"), Open.DIRECTORY, 0, 0x8000)));
    }
  }
}
