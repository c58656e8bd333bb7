/**
 * The contract of drivers that turn a layer's bytes into entries of a tree.
 *
 * <p>A driver implements {@link io.gantry.spi.layer.LayerApplier}; core brings the stream and the {@link
 * io.gantry.spi.layer.LayerSink}. One that also writes layers
 * is a {@link io.gantry.spi.layer.LayerWriter}, too. Several versions may be at work side by side.
 *
 * <p>Example, what an applier does for an archive with the file {@code etc/motd} and the mark {@code etc/.wh.issue}:
 *
 * <pre>{@code
 * Applied apply(InputStream blob, Taps taps, LayerSink sink) throws IOException {
 *   InputStream tar = taps.uncompressed(blob); // reads, hashes and bounds; headers are read from it
 *   taps.entry();
 *   sink.entry(new Entry(Name.of("etc/motd"), Entry.Type.FILE, 0644, 0, 0, 5, 1700000000, 0, Optional.empty(), 0, 0, List.of()), tar);
 *   taps.entry();
 *   sink.whiteout(Name.of("etc/issue"));
 *   while (tar.skip(Long.MAX_VALUE) > 0) continue; // to its end (L-3)
 *   return new Applied(2);
 * }
 * }</pre>
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.gantry.spi.layer;
