package io.gantry.spi.layer;

import java.io.IOException;

/** A sink without parents met an entry that needs something from below; core undoes the layer and applies it again over its parents. */
public final class NeedsParentsException extends IOException {
  private static final long serialVersionUID = 1;

  public NeedsParentsException(String message) {
    super(message);
  }
}
