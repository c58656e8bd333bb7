package io.gantry.api;

/** Something of that name is there already, and the call makes new things only. */
public final class AlreadyExistsException extends GantryException {
  private static final long serialVersionUID = 1;

  public AlreadyExistsException(String message) {
    super(message, null);
  }

  public AlreadyExistsException(String message, Throwable cause) {
    super(message, cause);
  }
}
