package io.gantry.oci.spec;

import java.util.List;

/**
 * Whom a process runs as.
 *
 * @param additional further groups
 */
public record User(long uid, long gid, List<Long> additional) {
  public static final User ROOT = new User(0, 0, List.of());

  public User {
    additional = List.copyOf(additional);
  }
}
