/**
 * Registries for tests: one that misbehaves on demand, a real one, and a slow line before it.
 *
 * <p>Each is started, used from any thread, and closed; nothing of it stays.
 *
 * <p>Example: {@code try (var r = FaultyRegistry.start().add("a/b", "latest", image).fault(On.blobs().once(), Fault.cutAfter(9))) {…}}.
 */
package io.gantry.kit.registry;
