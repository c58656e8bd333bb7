/**
 * Values and errors that everybody shares: digests, references, descriptors, mounts, scopes.
 *
 * <p>Who writes a driver begins at {@link io.gantry.api.DriverContext}: what an instance, an activation and an epoch are, and what every
 * driver may rely on.
 *
 * <p>All are immutable records with value equality; there is no life cycle. A text form, where there is one, round-trips through {@code
 * parse} and {@code toString}.
 *
 * <p>Example: {@code Reference.parse("redis").toString()} is {@code docker.io/library/redis:latest}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.gantry.api;
