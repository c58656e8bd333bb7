/**
 * The contract of drivers that run processes in containers.
 *
 * <p>A driver implements {@link io.gantry.spi.runtime.Runtime} and what it can of {@link io.gantry.spi.runtime.Exec}, {@link
 * io.gantry.spi.runtime.Terminal}, {@link io.gantry.spi.runtime.Pause} and {@link io.gantry.spi.runtime.Processes}. The processes are
 * children of something that outlives the manager; a driver finds them again by what it wrote below its state folder.
 *
 * <p>Example: {@code create → start → (manager killed) state → delete}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.runtime;
