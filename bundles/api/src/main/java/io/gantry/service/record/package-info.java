/**
 * Images, containers, leases and namespaces as records.
 *
 * <p>Services of bundle records over the metadata driver. Every record has labels, times and a revision.
 *
 * <p>A record that is damaged on disk is CorruptException to whoever asks for it; lists go on without it, and {@code damaged} tells of it.
 * Who decides by what a list does not have asks for those, too. The wire has no place for them: from another manager there are none, and
 * its log tells.
 *
 * <p>Example: {@code images.get(scope, "docker.io/library/redis:latest").target()}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("3.0.0")
package io.gantry.service.record;
