package io.gantry.kit;

/** A rule cannot be tried here; the message says what is missing. */
public final class UnmetException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnmetException(String message) {
    super(message);
  }
}
