/**
 * Values and errors that everybody shares: digests, references, descriptors, mounts, scopes.
 *
 * <p>Who writes a driver begins at {@link io.gantry.api.DriverContext}: what an instance, an activation and an epoch are, and what every
 * driver may rely on.
 *
 * <p>All are immutable records with value equality; there is no life cycle. A text form, where there is one, round-trips through {@code
 * parse} and {@code toString}.
 *
 * <h2>Interruption</h2>
 * A call of a service that waits ends when its thread is interrupted, as {@link java.io.InterruptedIOException}, and the thread stays
 * interrupted, as with channels of {@code java.nio}: whoever called is to end, too. So what comes after it on this thread ends at its next
 * wait. What has to be done all the same, such as to take back what was made, is done by a thread that nobody interrupts. Who was to be
 * ended by the interruption, and nobody above it, such as a command by Ctrl-C, takes it back ({@link Thread#interrupted}) at its own end.
 * {@link InterruptedException}, where a method throws that, has taken it back, as everywhere in Java. A time that is up is no interruption,
 * but {@link io.gantry.api.UnavailableException}.
 *
 * <p>Drivers see nothing of it: {@link io.gantry.api.DriverContext} says on which threads their calls come.
 *
 * <p>Example: {@code Reference.parse("redis").toString()} is {@code docker.io/library/redis:latest}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.gantry.api;
