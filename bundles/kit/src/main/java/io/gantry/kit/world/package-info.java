/**
 * What surrounds a part in tests of core: components started without a framework, real drivers lent without a swap, and what others would
 * have been told.
 *
 * <p>A world lives for one test; {@link io.gantry.kit.world.Components#close} ends what was started in it, the last first.
 *
 * <p>Example: {@code try (var all = new Components(root)) { var store = all.driver(MapDbComponent.class, "metadata", "mapdb", Map.of()); }}
 */
package io.gantry.kit.world;
