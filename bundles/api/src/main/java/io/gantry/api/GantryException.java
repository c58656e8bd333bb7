package io.gantry.api;

import java.io.IOException;

/**
 * What every failure that a user can meet is. It stands under {@link IOException}, so that a stream can fail in the middle with the same
 * types a call uses. A message says what was being done, to what, what was found, what was expected and what to try; it holds no secret,
 * and nothing that would steer a terminal, wherever the names in it come from.
 */
public abstract sealed class GantryException extends IOException
    permits NotFoundException, AlreadyExistsException, InvalidException, ConflictException, DeniedException, UnavailableException,
        CorruptException, UnsupportedException, ExhaustedException {
  private static final long serialVersionUID = 1;

  GantryException(String message, Throwable cause) {
    super(harmless(message), cause);
  }

  /** With {@code ?} in the place of control characters, but for the end of a line and the tabulator. */
  private static String harmless(String message) {
    if (message == null || message.codePoints().noneMatch(GantryException::steers)) return message;
    return message.codePoints().map(c -> steers(c) ? '?' : c).collect(StringBuilder::new, StringBuilder::appendCodePoint,
        StringBuilder::append).toString();
  }

  private static boolean steers(int c) {
    return Character.isISOControl(c) && c != '\n' && c != '\t';
  }
}
