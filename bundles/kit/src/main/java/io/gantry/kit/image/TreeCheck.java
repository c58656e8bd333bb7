package io.gantry.kit.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Something that must hold of a tree on disk after a layer was applied; says what was found when it does not. */
@FunctionalInterface
public interface TreeCheck {
  /**
   * @param root of the tree, as it is seen through its mounts
   * @param outside a folder beside it, in which the layer tries to reach
   * @throws AssertionError it does not hold
   */
  void verify(Path root, Path outside) throws IOException;

  default TreeCheck and(TreeCheck other) {
    return (root, outside) -> {
      verify(root, outside);
      other.verify(root, outside);
    };
  }

  /** The file has this text; its name is not followed through links. */
  static TreeCheck content(String name, String text) {
    return (root, outside) -> {
      Path p = root.resolve(name);
      if (!Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS)) throw new AssertionError(name + " is no file");
      String found = new String(Files.readAllBytes(p), StandardCharsets.UTF_8);
      if (!found.equals(text)) throw new AssertionError(name + " holds '" + found + "', expected '" + text + "'");
    };
  }

  /** Two names, followed through links beneath the root, lead to one file. */
  static TreeCheck same(String a, String b) {
    return (root, outside) -> {
      if (!isSame(root, a, b)) throw new AssertionError(a + " and " + b + " are two files, expected one");
    };
  }

  static TreeCheck different(String a, String b) {
    return (root, outside) -> {
      if (isSame(root, a, b)) throw new AssertionError(a + " and " + b + " are one file, expected two");
    };
  }

  static TreeCheck absent(String name) {
    return (root, outside) -> {
      if (Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS)) throw new AssertionError(name + " is there, expected gone");
    };
  }

  static TreeCheck directory(String name) {
    return (root, outside) -> {
      if (!Files.isDirectory(root.resolve(name), LinkOption.NOFOLLOW_LINKS)) throw new AssertionError(name + " is no folder");
    };
  }

  static TreeCheck symlink(String name, String target) {
    return (root, outside) -> {
      Path p = root.resolve(name);
      if (!Files.isSymbolicLink(p)) throw new AssertionError(name + " is no symlink");
      String found = Files.readSymbolicLink(p).toString();
      if (!found.equals(target)) throw new AssertionError(name + " leads to '" + found + "', expected '" + target + "'");
    };
  }

  private static boolean isSame(Path root, String a, String b) throws IOException {
    return Files.isSameFile(inside(root, a), inside(root, b));
  }

  /** Follows links as a process would whose root this is. */
  static Path inside(Path root, String name) throws IOException {
    Deque<String> parts = new ArrayDeque<>();
    push(parts, name);
    Path at = root;
    for (int steps = 0; !parts.isEmpty(); steps++) {
      if (steps > 1000) throw new IOException(name + " has too many links");
      String part = parts.pop();
      if (part.isEmpty() || part.equals(".")) continue;
      if (part.equals("..")) {
        if (!at.equals(root)) at = at.getParent();
        continue;
      }
      Path next = at.resolve(part);
      if (Files.isSymbolicLink(next)) {
        String target = Files.readSymbolicLink(next).toString();
        if (target.startsWith("/")) at = root;
        push(parts, target);
      } else {
        at = next;
      }
    }
    return at;
  }

  private static void push(Deque<String> parts, String path) {
    String[] all = path.split("/");
    for (int i = all.length - 1; i >= 0; i--) parts.push(all[i]);
  }
}
