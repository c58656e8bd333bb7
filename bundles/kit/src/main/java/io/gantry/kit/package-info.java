/**
 * Contracts as runnable rules, without a test framework: a {@link io.gantry.kit.Contract} has methods with {@link io.gantry.kit.Rule}, a
 * {@link io.gantry.kit.Runner} tries each on a {@link io.gantry.kit.Subject}, which makes the driver.
 *
 * <p>Each rule gets a new folder and a new {@link io.gantry.kit.Trial}; nothing is shared between rules.
 *
 * <p>Example: {@code Certify.run(Runner.of(new ContentContract(), root -> new MyStore(root)), System.out)}.
 */
package io.gantry.kit;
