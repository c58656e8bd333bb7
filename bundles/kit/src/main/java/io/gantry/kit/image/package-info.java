/**
 * Layers and images for tests: written byte by byte, so that good ones have every oddity and bad ones every lie.
 *
 * <p>Builders are used by one thread; what they build is immutable in practice. Equal calls give equal digests.
 *
 * <p>Example: {@code new OciLayout(dir).write(Map.of("latest", ManyFiles.of(30, 300, 1).image(ImageFormat.OCI)))}.
 */
package io.gantry.kit.image;
