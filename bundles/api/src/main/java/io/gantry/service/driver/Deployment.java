package io.gantry.service.driver;

import java.util.Optional;

/**
 * A line of {@code drivers.lock}: what is to be in use.
 *
 * @param ref the instance
 * @param digest of the jar in use; or {@link #SHIPPED}, or {@link #NONE}
 * @param previous digest of the jar before, or {@link #SHIPPED}, which {@code rollback} goes back to
 */
public record Deployment(DriverRef ref, String digest, Optional<String> previous) {
  /** The bundle that came with the manager. */
  public static final String SHIPPED = "shipped";

  /** No bundle: the instance was removed, and stays away after a restart. */
  public static final String NONE = "none";
}
