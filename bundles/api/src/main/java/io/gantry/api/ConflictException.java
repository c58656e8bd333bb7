package io.gantry.api;

/** The object is not in the state that the call needs: a wrong offset, an old epoch, another revision, a running task. */
public final class ConflictException extends GantryException {
  private static final long serialVersionUID = 1;

  public ConflictException(String message) {
    super(message, null);
  }

  public ConflictException(String message, Throwable cause) {
    super(message, cause);
  }
}
