package io.gantry.grpc;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.CommandException;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.io.InterruptedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our errors as codes, in one table. Messages end in the words by which containerd's clients know the kind: they cut them off, and put them
 * back where they are missing. What is no error of ours is logged, and told in one line without its trace.
 */
final class Statuses {
  private static final Logger log = LoggerFactory.getLogger(Statuses.class);
  /** Longest description, in characters: larger ones do not fit into the headers that carry them. */
  private static final int LONGEST = 4096;

  private Statuses() {}

  static StatusRuntimeException of(Exception e) {
    return switch (e) {
      case StatusRuntimeException s -> s;
      case StatusException s -> s.getStatus().asRuntimeException();
      case InterruptedException _ -> gone();
      case InterruptedIOException _ -> gone();
      case GantryException g -> told(g);
      case CommandException c -> error(Status.UNKNOWN, "unknown", c.getMessage());
      case IllegalArgumentException i -> error(Status.INVALID_ARGUMENT, "invalid argument", i.getMessage());
      default -> {
        log.error("a call failed", e);
        yield error(Status.INTERNAL, "", e.getClass().getSimpleName() + ": " + e.getMessage());
      }
    };
  }

  private static StatusRuntimeException told(GantryException e) {
    return switch (e) {
      case NotFoundException _ -> error(Status.NOT_FOUND, "not found", e.getMessage());
      case AlreadyExistsException _ -> error(Status.ALREADY_EXISTS, "already exists", e.getMessage());
      case InvalidException _ -> error(Status.INVALID_ARGUMENT, "invalid argument", e.getMessage());
      case ConflictException _ -> error(Status.FAILED_PRECONDITION, "failed precondition", e.getMessage());
      case DeniedException _ -> error(Status.PERMISSION_DENIED, "permission denied", e.getMessage());
      case UnavailableException _ -> error(Status.UNAVAILABLE, "unavailable", e.getMessage());
      case CorruptException _ -> error(Status.DATA_LOSS, "data loss", e.getMessage());
      case UnsupportedException _ -> error(Status.UNIMPLEMENTED, "not implemented", e.getMessage());
      case ExhaustedException _ -> error(Status.RESOURCE_EXHAUSTED, "resource exhausted", e.getMessage());
    };
  }

  /** @param words how containerd's clients know the kind; empty for none */
  static StatusRuntimeException error(Status code, String words, String message) {
    String text = message == null ? "" : message.length() > LONGEST ? message.substring(0, LONGEST) + "…" : message;
    boolean said = words.isEmpty() || text.endsWith(words);
    return code.withDescription(said ? text : text.isEmpty() ? words : text + ": " + words).asRuntimeException();
  }

  /** The client left, or its time is over. */
  private static StatusRuntimeException gone() {
    var deadline = Context.current().getDeadline();
    return deadline != null && deadline.isExpired() ? Status.DEADLINE_EXCEEDED.asRuntimeException() : Status.CANCELLED.asRuntimeException();
  }
}
