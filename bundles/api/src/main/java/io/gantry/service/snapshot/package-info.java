/**
 * Snapshots by key, over the snapshot drivers.
 *
 * <p>A service of bundle snapshot; keys, parents and labels are kept here, trees by the driver.
 *
 * <p>Example: {@code snapshots.prepare(scope, "overlayfs", "foo", Optional.of(chainId), Map.of())}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.gantry.service.snapshot;
