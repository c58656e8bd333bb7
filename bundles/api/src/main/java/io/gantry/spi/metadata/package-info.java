/**
 * The contract of the store that keeps the manager's records.
 *
 * <p>A driver implements {@link io.gantry.spi.metadata.MetadataStore}; it owns one folder and its successor takes that over.
 *
 * <p>Example, a record that is made once and changed by whoever saw it last:
 *
 * <pre>{@code
 * long twice(MetadataStore store, byte[] first, byte[] second) throws IOException {
 *   Key key = new Key("image", "default", "docker.io/library/redis:latest");
 *   long made = store.commit(Batch.builder().require(key, Batch.ABSENT).put(key, first).build());
 *   Rec seen = store.get(key).orElseThrow(); // seen.revision() is made
 *   return store.commit(Batch.builder().require(key, seen.revision()).put(key, second).build());
 * }
 * }</pre>
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.metadata;
