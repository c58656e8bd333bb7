package io.gantry.tasks;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.oci.spec.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds {@code uid|name[:gid|group]} in the passwd and group files of a tree. The tree is an image's and not trusted: files are opened
 * beneath its root, must be regular, and are bounded.
 */
final class UserLookup {
  private static final int MAX_FILE = 10 << 20;
  private static final long MAX_ID = Integer.MAX_VALUE;
  private static final int PASSWD_GID = 3;
  private static final int MEMBERS = 3;
  private final Fd root;

  UserLookup(Fd root) {
    this.root = root;
  }

  /** Whether the tree must be looked into. */
  static boolean needed(String user) {
    return !user.isEmpty() && !user.matches("[0-9]+:[0-9]+");
  }

  static User numeric(String user) throws InvalidException {
    if (user.isEmpty()) return User.ROOT;
    String[] parts = user.split(":");
    return new User(id(parts[0], user), id(parts[1], user), List.of());
  }

  User find(String user) throws IOException {
    String[] parts = user.split(":", 2);
    Optional<String[]> entry = line("etc/passwd", parts[0], true);
    long uid;
    if (entry.isPresent()) uid = id(entry.get()[2], user);
    else if (parts[0].matches("[0-9]+")) uid = id(parts[0], user);
    else throw new NotFoundException("user '" + parts[0] + "' is not in the image's /etc/passwd; give its number, or another name");
    long gid = entry.isPresent() && entry.get().length > PASSWD_GID ? id(entry.get()[PASSWD_GID], user) : 0;
    if (parts.length == 2) return new User(uid, group(parts[1], user), List.of());
    return new User(uid, gid, entry.isPresent() ? memberOf(entry.get()[0], gid) : List.of());
  }

  private long group(String group, String user) throws IOException {
    Optional<String[]> entry = line("etc/group", group, false);
    if (entry.isPresent()) return id(entry.get()[2], user);
    if (group.matches("[0-9]+")) return id(group, user);
    throw new NotFoundException("group '" + group + "' is not in the image's /etc/group; give its number, or another name");
  }

  private List<Long> memberOf(String name, long primary) throws IOException {
    var groups = new ArrayList<Long>();
    for (String l : lines("etc/group")) {
      String[] f = l.split(":", -1);
      if (f.length > MEMBERS && List.of(f[MEMBERS].split(",")).contains(name)) {
        long gid = id(f[2], name);
        if (gid != primary) groups.add(gid);
      }
    }
    return groups;
  }

  /** By name, or by number. */
  private Optional<String[]> line(String file, String wanted, boolean byNumber) throws IOException {
    for (String l : lines(file)) {
      String[] f = l.split(":", -1);
      if (f.length > 2 && (f[0].equals(wanted) || byNumber && f[2].equals(wanted))) return Optional.of(f);
    }
    return Optional.empty();
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

  /** Ids beyond 2^31-1 would wrap round somewhere below us, at worst to root. */
  private static long id(String digits, String user) throws InvalidException {
    if (digits.matches("[0-9]{1,10}") && Long.parseLong(digits) <= MAX_ID) return Long.parseLong(digits);
    throw new InvalidException("user '" + user + "': '" + digits + "' is not a number from 0 to " + MAX_ID);
  }
}
