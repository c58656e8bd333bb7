/**
 * The rules of each SPI as tests, with the numbers that the SPI's comment gives them.
 *
 * <p>Contracts have no state; each test brings its own world.
 *
 * <p>Example: {@code Rules.of(new ContentContract(), root -> new MyStore(root))} in a method with {@code @TestFactory}.
 */
package io.gantry.kit.rules;
