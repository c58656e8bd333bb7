package io.gantry.service.driver;

import java.util.Optional;

/**
 * A line of {@code drivers.lock}: what is to be in use.
 *
 * @param ref the instance
 * @param digest of the jar in use
 * @param previous digest of the jar before, which {@code rollback} goes back to
 */
public record Deployment(DriverRef ref, String digest, Optional<String> previous) {}
