package io.gantry.service.driver;

import java.time.Instant;
import java.util.Optional;

/**
 * A driver instance as {@code driver:list} shows it.
 *
 * @param ref kind and name
 * @param bundle symbolic name, empty while absent
 * @param bundleId of the framework, 0 while absent
 * @param version of the bundle
 * @param digest of the jar, where it was deployed by digest
 * @param state how it is
 * @param epoch of the activation in use; 0 where there is none
 * @param borrows at this moment
 * @param abandoned calls given up at a fence whose threads are still in the driver
 * @param since when it is so
 * @param why not active, in words, from SCR's and the framework's own reports; also what is wrong with its configuration file while the
 *     last good values are used; else empty
 */
public record DriverState(
    DriverRef ref, String bundle, long bundleId, String version, Optional<String> digest, State state, long epoch, int borrows,
    int abandoned,
    Instant since, String why) {
  /** What a driver can be. */
  public enum State {
    /** In use. */
    ACTIVE,
    /** There, and activated at its first use. */
    READY,
    /** Installed beside the one in use. */
    DORMANT,
    /** Being replaced. */
    DRAINING,
    /** There, but its activation failed or it cannot be satisfied. */
    FAILED,
    /** Known, with no bundle. */
    ABSENT
  }
}
