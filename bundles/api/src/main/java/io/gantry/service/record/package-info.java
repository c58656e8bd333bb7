/**
 * Images, containers, leases and namespaces as records.
 *
 * <p>Services of bundle records over the metadata driver. Every record has labels, times and a revision.
 *
 * <p>Example: {@code images.get(scope, "docker.io/library/redis:latest").target()}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.2.0")
package io.gantry.service.record;
