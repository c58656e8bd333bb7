package io.gantry.kit.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A layer that tries to reach out of its root, or to destroy it.
 *
 * @param name of the case
 * @param before what the layer below has
 * @param stream the layer; given the folder beside the root that it aims at
 * @param refused whether applying must end in InvalidException
 * @param check what must hold of the tree, where it is not refused
 */
public record Breakout(String name, List<TarEntry> before, Function<Path, List<TarEntry>> stream, boolean refused, TreeCheck check) {
  private static final String CANARY = "kept as it was";

  public Breakout {
    before = List.copyOf(before);
  }

  /** The tar of the layer below. */
  public byte[] below() {
    return new LayerBuilder().add(before).tar();
  }

  public byte[] tar(Path outside) {
    return new LayerBuilder().add(stream.apply(outside)).tar();
  }

  /** Lays out what the layer aims at: a file of mode 0400 and one of mode 0640 in an empty folder. */
  public static void lay(Path outside) throws IOException {
    for (String name : List.of("perm400", "also-exists-outside-root")) {
      Files.writeString(outside.resolve(name), CANARY);
      Files.setPosixFilePermissions(outside.resolve(name), permissions(name));
    }
  }

  /**
   * Checks the tree, unless the layer must be refused, and that the folder beside it is as {@link #lay} left it.
   *
   * @throws AssertionError something is not as it must be
   */
  public void verify(Path root, Path outside) throws IOException {
    if (!refused) check.verify(root, outside);
    for (String name : List.of("perm400", "also-exists-outside-root")) {
      Path p = outside.resolve(name);
      if (!Files.isRegularFile(p, java.nio.file.LinkOption.NOFOLLOW_LINKS) || !Files.readString(p).equals(CANARY)) {
        throw new AssertionError("outside of the root, " + name + " was changed");
      }
      var found = Files.getPosixFilePermissions(p);
      if (!found.equals(permissions(name))) throw new AssertionError("outside of the root, " + name + " has now " + found);
    }
    try (var names = Files.list(outside)) {
      if (names.count() != 2) throw new AssertionError("outside of the root, something was made in " + outside);
    }
  }

  private static java.util.Set<java.nio.file.attribute.PosixFilePermission> permissions(String name) {
    return java.nio.file.attribute.PosixFilePermissions.fromString(name.equals("perm400") ? "r--------" : "rw-r-----");
  }

  @Override
  public String toString() {
    return name;
  }
}
