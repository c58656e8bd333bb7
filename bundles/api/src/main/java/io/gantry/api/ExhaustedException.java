package io.gantry.api;

/** A limit was reached: disk full, too many entries, too large a document. */
public final class ExhaustedException extends GantryException {
  private static final long serialVersionUID = 1;

  public ExhaustedException(String message) {
    super(message, null);
  }

  public ExhaustedException(String message, Throwable cause) {
    super(message, cause);
  }
}
