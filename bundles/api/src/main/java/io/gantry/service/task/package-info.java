/**
 * Containers that run.
 *
 * <p>A service of bundle tasks; processes outlive the manager and are found again.
 *
 * <p>{@link io.gantry.service.task.Tasks} goes the whole way from an image to a process; {@link io.gantry.service.task.TaskProcesses} takes
 * single steps of it.
 *
 * <p>Example: {@code tasks.run(scope, request)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.5.0")
package io.gantry.service.task;
