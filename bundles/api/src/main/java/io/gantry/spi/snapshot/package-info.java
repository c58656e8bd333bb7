/**
 * The contract of drivers that keep file trees as layers over layers.
 *
 * <p>A driver implements {@link io.gantry.spi.snapshot.Snapshotter}; it is activated at first use, owns one folder, and its successor
 * takes the folder over after it was closed.
 *
 * <p>Example, a layer and a container over it:
 *
 * <pre>{@code
 * List<Mount> container(Snapshotter driver, long epoch) throws IOException {
 *   Snap layer = new Snap(new SnapId("s1"), List.of(), SnapKind.ACTIVE, Map.of(), epoch);
 *   while (!driver.create(layer)) continue; // a slice a call (S-2)
 *   driver.mounts(layer); // is written to
 *   while (driver.seal(layer).isEmpty()) continue;
 *   Snap top = new Snap(new SnapId("s2"), List.of(layer.id()), SnapKind.ACTIVE, Map.of(), epoch);
 *   while (!driver.create(top)) continue;
 *   return driver.mounts(top);
 * }
 * }</pre>
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.snapshot;
