package io.gantry.api;

/** Bytes are not those that were promised. The bad bytes are thrown away by whoever throws this. */
public final class CorruptException extends GantryException {
  private static final long serialVersionUID = 1;
  private final String expected;
  private final String actual;

  public CorruptException(String message, String expected, String actual) {
    super(message + ": expected " + expected + ", found " + actual, null);
    this.expected = expected;
    this.actual = actual;
  }

  public String expected() {
    return expected;
  }

  public String actual() {
    return actual;
  }
}
