package io.gantry.kit;

import java.util.Random;
import java.util.function.Consumer;

/**
 * What a driver does in another JVM until that is killed; a class with a constructor without arguments.
 *
 * @param <D> the SPI
 */
public interface Workload<D> {
  /** Goes on for ever; each acknowledged line is something that must be there afterwards. */
  void run(D driver, Random random, Consumer<String> acknowledge) throws Exception;
}
