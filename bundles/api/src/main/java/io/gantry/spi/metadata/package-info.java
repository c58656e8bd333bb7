/**
 * The contract of the store that keeps the manager's records.
 *
 * <p>A driver implements {@link io.gantry.spi.metadata.MetadataStore}; it owns one folder and its successor takes that over.
 *
 * <p>Example: {@code commit(Batch.of(Put(key, value, absent)))}, then {@code get(key)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.spi.metadata;
