package io.gantry.tasks;

import io.gantry.api.InvalidException;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.oci.spec.Accounts;
import io.gantry.oci.spec.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Finds {@code uid|name[:gid|group]} in the passwd and group files of a tree. The tree is an image's and not trusted: files are opened
 * beneath its root, must be regular, and are bounded.
 */
final class UserLookup {
  private static final int MAX_FILE = 10 << 20;
  private final Fd root;

  UserLookup(Fd root) {
    this.root = root;
  }

  User find(String user) throws IOException {
    return new Accounts(lines("etc/passwd"), lines("etc/group")).find(user);
  }

  private List<String> lines(String file) throws IOException {
    try (Fd fd = root.inRoot(Names.of(file), Open.RDONLY | Open.NONBLOCK)) {
      if (!fd.stat().isFile()) throw new InvalidException("the image's /" + file + " is not a regular file");
      return new String(fd.readAll(MAX_FILE), StandardCharsets.UTF_8).lines().toList();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) return List.of();
      throw e;
    }
  }
}
