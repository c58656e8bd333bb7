/**
 * What happened, in order.
 *
 * <p>A service of bundle events; a feed with an epoch and a sequence, of which the last ones are kept.
 *
 * <p>Example: {@code feed.after(scope, cursor, 100, Duration.ofSeconds(1))}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.0.0")
package io.gantry.service.event;
