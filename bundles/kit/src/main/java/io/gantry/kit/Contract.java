package io.gantry.kit;

/**
 * The rules of one SPI as tests: each is a method with {@link Rule} that takes a {@code Trial<D>}. A contract never looks at a driver's
 * name or class.
 *
 * @param <D> the SPI
 */
public interface Contract<D> {
  /** The SPI's name, for titles. */
  String name();
}
