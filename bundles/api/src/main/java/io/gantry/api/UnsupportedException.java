package io.gantry.api;

/** This driver, kernel or host cannot do that at all. */
public final class UnsupportedException extends GantryException {
  private static final long serialVersionUID = 1;

  public UnsupportedException(String message) {
    super(message, null);
  }

  public UnsupportedException(String message, Throwable cause) {
    super(message, cause);
  }
}
