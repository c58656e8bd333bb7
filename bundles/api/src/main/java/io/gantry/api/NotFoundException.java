package io.gantry.api;

/** There is nothing of that name. */
public final class NotFoundException extends GantryException {
  private static final long serialVersionUID = 1;

  public NotFoundException(String message) {
    super(message, null);
  }

  public NotFoundException(String message, Throwable cause) {
    super(message, cause);
  }
}
