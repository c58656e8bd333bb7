/**
 * The contract of stores that keep bytes by digest.
 *
 * <p>A driver implements {@link io.gantry.spi.content.ContentStore} and {@link io.gantry.spi.content.Ingester} in one object. It is
 * activated at first use, owns one folder (or bucket), and another version takes that over after it was closed.
 *
 * <p>Example: {@code begin → append* → commit}, then {@code find} and {@code read}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.content;
