/**
 * Drivers and streams of which things go wrong when told: for tests of those who use drivers.
 *
 * <p>One {@link io.gantry.kit.fault.Faults} may serve several decorators, which then count writes together.
 *
 * <p>Example: {@code new FaultyContent(store, faults)}, then {@code faults.failWrite(3)} in the middle of a pull.
 */
package io.gantry.kit.fault;
