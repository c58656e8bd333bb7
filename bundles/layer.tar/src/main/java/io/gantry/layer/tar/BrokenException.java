package io.gantry.layer.tar;

import java.io.IOException;

/** The archive is not what it should be. {@link TarLayer} says at which entry and makes an InvalidException of it. */
final class BrokenException extends IOException {
  private static final long serialVersionUID = 1;

  BrokenException(String message) {
    super(message);
  }

  BrokenException(String message, Throwable cause) {
    super(message, cause);
  }
}
