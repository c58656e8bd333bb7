package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.grpc.Status;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Codes of the wire as our errors, in one table: the way back from what a server makes of them. The message is the server's, without the
 * words by which containerd's clients know the kind. What the way itself is to blame for names the address.
 */
final class Faults {
  private static final Pattern FOUND = Pattern.compile("(?s)(.*): expected (.*), found (.*)");
  private static final Pattern VERB =
      Pattern.compile("\\b(is|are|was|has|have|can(not)?|does|needs?|must|no|not|already|expected|runs)\\b");
  private final Address address;

  Faults(Address address) {
    this.address = address;
  }

  /** An interruption of the calling thread, whose flag stays set, is an InterruptedIOException, whatever the call came to. */
  IOException of(Status status, Throwable cause) {
    String message = status.getDescription() == null ? "" : status.getDescription();
    return switch (status.getCode()) {
      case NOT_FOUND -> new NotFoundException(without(message, "not found"), cause);
      case ALREADY_EXISTS -> new AlreadyExistsException(without(message, "already exists"), cause);
      case INVALID_ARGUMENT -> new InvalidException(without(message, "invalid argument"), cause);
      case FAILED_PRECONDITION -> new ConflictException(without(message, "failed precondition"), cause);
      case OUT_OF_RANGE -> new ConflictException(without(message, "out of range"), cause);
      case ABORTED -> new ConflictException(message, cause);
      case PERMISSION_DENIED -> new DeniedException(without(message, "permission denied"), cause);
      case UNAUTHENTICATED -> new DeniedException(address + ": " + message, cause);
      case RESOURCE_EXHAUSTED -> new ExhaustedException(without(message, "resource exhausted"), cause);
      case UNIMPLEMENTED -> new UnsupportedException(address + " cannot do that: " + without(message, "not implemented"), cause);
      case DATA_LOSS -> corrupt(without(message, "data loss"));
      case UNAVAILABLE -> unavailable(status, message, cause);
      case DEADLINE_EXCEEDED -> new UnavailableException(address + " did not answer before the deadline of the call", cause);
      case CANCELLED -> cancelled(message, cause);
      default -> new IOException(address + ": " + (message.isEmpty() ? status.getCode().toString() : message), cause);
    };
  }

  IOException interrupted(Throwable cause) {
    Thread.currentThread().interrupt();
    var e = new InterruptedIOException("a call of " + address + " was interrupted");
    e.initCause(cause);
    return e;
  }

  private IOException cancelled(String message, Throwable cause) {
    if (Thread.currentThread().isInterrupted()) return interrupted(cause);
    return new UnavailableException(address + ": the call was ended: " + message, cause);
  }

  /** What the server says is unavailable, as a ref in use, ends in that word; all else comes from the way to it. */
  private IOException unavailable(Status status, String message, Throwable cause) {
    if (status.getCause() == null && Words.UNAVAILABLE.in(message)) {
      return new UnavailableException(without(message, "unavailable"), cause);
    }
    Optional<String> refused = Handshake.refusal(address, status.getCause());
    if (refused.isPresent()) return new DeniedException(refused.get(), cause);
    Throwable why = status.getCause();
    while (why != null && why.getCause() != null) why = why.getCause();
    String said = why == null ? message : why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
    String may = address.tls().isEmpty() ? "this user may open it" : "it takes this certificate";
    return new UnavailableException("no manager answers at " + address + " (" + said
        + "): see that it runs, that the address is its, and that " + may + "; the next call connects again", cause);
  }

  private static CorruptException corrupt(String message) {
    Matcher m = FOUND.matcher(message);
    return m.matches() ? new CorruptException(m.group(1), m.group(2), m.group(3)) : new CorruptException(message, "what was promised",
        "something else");
  }

  /** Kept where the rest says nothing: containerd tells of {@code container "x": not found}. */
  private static String without(String message, String words) {
    if (!message.endsWith(": " + words)) return message;
    String rest = message.substring(0, message.length() - words.length() - 2);
    return VERB.matcher(rest).find() ? rest : message;
  }
}
