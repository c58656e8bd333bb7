package io.gantry.api;

/** What was handed in is wrong in itself and will be wrong the next time too. */
public final class InvalidException extends GantryException {
  private static final long serialVersionUID = 1;

  public InvalidException(String message) {
    super(message, null);
  }

  public InvalidException(String message, Throwable cause) {
    super(message, cause);
  }
}
