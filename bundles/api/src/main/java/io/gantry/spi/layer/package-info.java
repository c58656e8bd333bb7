/**
 * The contract of drivers that turn a layer's bytes into entries of a tree.
 *
 * <p>A driver implements {@link io.gantry.spi.layer.LayerApplier}; core brings the stream and the {@link
 * io.gantry.spi.layer.LayerSink}. Several versions may be at work side by side.
 *
 * <p>Example: for a tar with one file, {@code sink.entry(file, data)}; for {@code .wh.x}, {@code sink.whiteout(x)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.layer;
