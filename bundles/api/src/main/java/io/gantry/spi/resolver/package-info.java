/**
 * The contract of drivers that find images by reference and open their bytes.
 *
 * <p>A driver implements {@link io.gantry.spi.resolver.Resolver}. It keeps nothing between calls that another version would need: what it
 * found out is in {@link io.gantry.spi.resolver.Resolved}, a plain record.
 *
 * <p>Example: {@code resolve(docker.io/library/redis:latest) → open(resolved, layer, 1048576)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.resolver;
