/**
 * The garbage collection.
 *
 * <p>A service of bundle gc. What nothing refers to goes: blobs and snapshots, leases and images that have ended, and unfinished writes
 * that nobody goes on with.
 *
 * <p>It runs by itself a moment after something was removed and when something ends; {@link io.gantry.service.gc.Collector#collect} runs it
 * now and waits for its end.
 *
 * <p>Example: {@code collector.collect(scope, CollectRequest.defaults()).bytes()}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.gantry.service.gc;
