package io.gantry.oci.spec;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The users and groups of an image, which is not trusted.
 *
 * @param passwd lines of its {@code /etc/passwd}
 * @param group lines of its {@code /etc/group}
 */
public record Accounts(List<String> passwd, List<String> group) {
  private static final long MAX_ID = Integer.MAX_VALUE;
  private static final int PASSWD_GID = 3;
  private static final int MEMBERS = 3;

  public Accounts {
    passwd = List.copyOf(passwd);
    group = List.copyOf(group);
  }

  /** Whether these must be known to tell who is meant. */
  public static boolean needed(String user) {
    return !user.isEmpty() && !user.matches("[0-9]+:[0-9]+");
  }

  /** A user for whom they are not {@link #needed}. @throws InvalidException a number is too large */
  public static User numeric(String user) throws InvalidException {
    if (user.isEmpty()) return User.ROOT;
    String[] parts = user.split(":");
    return new User(id(parts[0], user), id(parts[1], user), List.of());
  }

  /**
   * Whom {@code uid|name[:gid|group]} means.
   *
   * @throws NotFoundException there is no such name
   * @throws InvalidException a number is too large
   */
  public User find(String user) throws NotFoundException, InvalidException {
    String[] parts = user.split(":", 2);
    Optional<String[]> entry = line(passwd, parts[0], true);
    long uid;
    if (entry.isPresent()) uid = id(entry.get()[2], user);
    else if (parts[0].matches("[0-9]+")) uid = id(parts[0], user);
    else throw new NotFoundException("user '" + parts[0] + "' is not in the image's /etc/passwd; give its number, or another name");
    long gid = entry.isPresent() && entry.get().length > PASSWD_GID ? id(entry.get()[PASSWD_GID], user) : 0;
    if (parts.length == 2) return new User(uid, byName(parts[1], user), List.of());
    return new User(uid, gid, entry.isPresent() ? memberOf(entry.get()[0], gid) : List.of());
  }

  private long byName(String name, String user) throws NotFoundException, InvalidException {
    Optional<String[]> entry = line(group, name, false);
    if (entry.isPresent()) return id(entry.get()[2], user);
    if (name.matches("[0-9]+")) return id(name, user);
    throw new NotFoundException("group '" + name + "' is not in the image's /etc/group; give its number, or another name");
  }

  private List<Long> memberOf(String name, long primary) throws InvalidException {
    var groups = new ArrayList<Long>();
    for (String l : group) {
      String[] f = l.split(":", -1);
      if (f.length > MEMBERS && List.of(f[MEMBERS].split(",")).contains(name)) {
        long gid = id(f[2], name);
        if (gid != primary) groups.add(gid);
      }
    }
    return groups;
  }

  /** By name, or by number. */
  private static Optional<String[]> line(List<String> lines, String wanted, boolean byNumber) {
    for (String l : lines) {
      String[] f = l.split(":", -1);
      if (f.length > 2 && (f[0].equals(wanted) || byNumber && f[2].equals(wanted))) return Optional.of(f);
    }
    return Optional.empty();
  }

  /** Ids beyond 2^31-1 would wrap round somewhere below us, at worst to root. */
  private static long id(String digits, String user) throws InvalidException {
    if (digits.matches("[0-9]{1,10}") && Long.parseLong(digits) <= MAX_ID) return Long.parseLong(digits);
    throw new InvalidException("user '" + user + "': '" + digits + "' is not a number from 0 to " + MAX_ID);
  }
}
