/**
 * Containers that run.
 *
 * <p>A service of bundle tasks; processes outlive the manager and are found again.
 *
 * <p>Example: {@code tasks.run(scope, request)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.gantry.service.task;
