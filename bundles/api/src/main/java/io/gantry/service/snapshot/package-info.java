/**
 * Snapshots by key, over the snapshot drivers.
 *
 * <p>A service of bundle snapshot; keys, parents and labels are kept here, trees by the driver.
 *
 * <p>A record that is damaged on disk is CorruptException to whoever asks for it; lists go on without it, and {@code damaged} tells of it.
 * Whoever decides by what a list does not have asks for those, too.
 *
 * <p>Example: {@code snapshots.prepare(scope, "overlayfs", "foo", Optional.of(chainId), Map.of())}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.0.0")
package io.gantry.service.snapshot;
