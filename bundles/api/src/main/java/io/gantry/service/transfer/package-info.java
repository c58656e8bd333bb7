/**
 * Images over the network.
 *
 * <p>A service of bundle transfer; a pull that is cut by a swap or a break of the network goes on by itself.
 *
 * <p>Example: {@code transfers.pull(scope, PullRequest.of(reference), progress)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.3.0")
package io.gantry.service.transfer;
