package io.gantry.api;

/** The caller, or we on the caller's behalf, may not do that: wrong password, no root, refused by a registry. */
public final class DeniedException extends GantryException {
  private static final long serialVersionUID = 1;

  public DeniedException(String message) {
    super(message, null);
  }

  public DeniedException(String message, Throwable cause) {
    super(message, cause);
  }
}
