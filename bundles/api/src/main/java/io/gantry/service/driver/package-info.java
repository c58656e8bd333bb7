/**
 * Lends drivers to core, and replaces them.
 *
 * <p>One service, {@link io.gantry.service.driver.Drivers}, of bundle swap; another, {@link io.gantry.service.driver.Deployments}, of
 * bundle deploy.
 *
 * <p>Example: {@code drivers.call(ContentStore.class, DriverRef.of("content/local"), scope, s -> s.find(digest))}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.service.driver;
