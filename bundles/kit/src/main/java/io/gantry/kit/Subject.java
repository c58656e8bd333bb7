package io.gantry.kit;

import java.nio.file.Path;
import java.util.Set;

/**
 * How to make the driver that is tested. A lambda will do; a class with a constructor without arguments can also be opened in another JVM,
 * and so be killed there.
 *
 * @param <D> the SPI it implements
 */
@FunctionalInterface
public interface Subject<D> {
  /** A new instance over the folder, as after a start of the manager; the folder is there and may have what earlier instances left. */
  D open(Path root) throws Exception;

  /** Ends an instance, as its bundle would when it is stopped. */
  default void close(D driver) throws Exception {
    if (driver instanceof AutoCloseable c) c.close();
  }

  /** The features the driver declares. */
  default Set<String> features() {
    return Set.of();
  }

  /** The same, declaring features. */
  default Subject<D> with(String... features) {
    Subject<D> inner = this;
    return new Subject<>() {
      @Override
      public D open(Path root) throws Exception {
        return inner.open(root);
      }

      @Override
      public void close(D driver) throws Exception {
        inner.close(driver);
      }

      @Override
      public Set<String> features() {
        return Set.of(features);
      }
    };
  }
}
