/**
 * The contract of drivers that keep file trees as layers over layers.
 *
 * <p>A driver implements {@link io.gantry.spi.snapshot.Snapshotter}; it is activated at first use, owns one folder, and its successor
 * takes the folder over after it was closed.
 *
 * <p>Example: {@code create(a,[]) seal(a) create(b,[a]) mounts(b)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.snapshot;
