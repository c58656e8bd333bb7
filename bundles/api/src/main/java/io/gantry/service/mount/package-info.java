/**
 * Mounts that the manager makes and finds again.
 *
 * <p>A service of bundle mounts; what it mounted stays when the manager ends, and is adopted at the next start.
 *
 * <p>Example: {@code mounts.activate(scope, "view-1", mounts, target)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.gantry.service.mount;
