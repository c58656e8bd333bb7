/**
 * The contract of stores that keep bytes by digest.
 *
 * <p>A driver implements {@link io.gantry.spi.content.ContentStore} and {@link io.gantry.spi.content.Ingester} in one object. It is
 * activated at first use, owns one folder (or bucket), and another version takes that over after it was closed.
 *
 * <p>Example, from bytes to a blob and back:
 *
 * <pre>{@code
 * <S extends ContentStore & Ingester> void keep(S store, Digest digest, ByteBuffer bytes, long epoch) throws IOException {
 *   long size = bytes.remaining();
 *   IngestStatus s = store.begin(new IngestSpec("layer-1", Optional.of(digest), OptionalLong.of(size), epoch));
 *   bytes.position((int) s.offset()); // what an earlier write left is kept
 *   for (long at = s.offset(); bytes.hasRemaining(); ) at = store.append(s.key(), at, bytes);
 *   while (store.commit(s.key(), digest, size).isEmpty()) continue; // I-8
 *   store.read(digest, 0, ByteBuffer.allocate(512));
 * }
 * }</pre>
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.content;
