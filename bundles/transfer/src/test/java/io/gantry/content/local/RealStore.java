package io.gantry.content.local;

import io.gantry.spi.content.ContentStore;
import java.io.IOException;
import java.nio.file.Path;

/** Opens the real store for tests of a pull; the object is an Ingester and Closeable too. */
public final class RealStore {
  private RealStore() {}

  public static ContentStore over(Path root) throws IOException {
    return new LocalStore(root, Host.here(), 8 << 20);
  }
}
