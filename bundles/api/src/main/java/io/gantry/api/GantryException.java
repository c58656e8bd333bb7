package io.gantry.api;

import java.io.IOException;

/**
 * What every failure that a user can meet is. It stands under {@link IOException}, so that a stream can fail in the middle with the same
 * types a call uses. A message says what was being done, to what, what was found, what was expected and what to try; it holds no secret.
 */
public abstract sealed class GantryException extends IOException
    permits NotFoundException, AlreadyExistsException, InvalidException, ConflictException, DeniedException, UnavailableException,
        CorruptException, UnsupportedException, ExhaustedException {
  private static final long serialVersionUID = 1;

  GantryException(String message, Throwable cause) {
    super(message, cause);
  }
}
