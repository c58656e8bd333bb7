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
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our errors as codes, in one table. Messages end in the words by which containerd's clients know the kind: they cut them off, and put them
 * back where they are missing. What is no error of ours is logged, and told in one line: names of classes are for the log alone.
 */
final class Statuses {
  private static final Logger log = LoggerFactory.getLogger(Statuses.class);
  /** Longest description, in characters: larger ones do not fit into the headers that carry them. */
  private static final int LONGEST = 4096;

  /** What a client is told of a failure that has no words for it. */
  static final String UNTOLD = "the manager failed; its log says where";

  /** An exception of whatever package, another class of the JDK's or ours; with the colon behind it. Possessive: texts may be hostile. */
  private static final Pattern CLASS = Pattern.compile("\\b(?:(?:[a-z]\\w*+\\.)++[A-Z][\\w$]*(?:Exception|Error)"
      + "|(?:javax?|jdk|sun|io\\.gantry|io\\.grpc)\\.(?:[a-z]\\w*+\\.)*+[A-Z][\\w$.]*)\\b:? ?");

  private Statuses() {}

  static StatusRuntimeException of(Exception e) {
    return switch (e) {
      case StatusRuntimeException s -> s;
      case StatusException s -> s.getStatus().asRuntimeException();
      case InterruptedException _ -> gone();
      case InterruptedIOException _ -> gone();
      case GantryException g -> told(g);
      case CommandException c -> verbatim(Status.UNKNOWN, "unknown", c.getMessage());
      case IllegalArgumentException i -> error(Status.INVALID_ARGUMENT, "invalid argument", i.getMessage());
      case NoSuchFileException f -> error(Status.NOT_FOUND, "not found", "file '" + f.getFile() + "' is not there");
      case FileAlreadyExistsException f -> error(Status.ALREADY_EXISTS, "already exists", "file '" + f.getFile() + "' is there");
      case AccessDeniedException f -> error(Status.PERMISSION_DENIED, "permission denied", "file '" + f.getFile() + "' cannot be used");
      default -> {
        log.error("a call failed", e);
        yield error(Status.INTERNAL, "", e instanceof IOException && e.getMessage() != null ? e.getMessage() : UNTOLD);
      }
    };
  }

  /** Without names of classes, which say nothing to a client. */
  private static String plain(String message) {
    return message.contains(".") ? CLASS.matcher(message).replaceAll("") : message;
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
    return verbatim(code, words, message == null ? "" : plain(cut(message)));
  }

  private static String cut(String message) {
    return message.length() > LONGEST ? message.substring(0, LONGEST) + "…" : message;
  }

  private static StatusRuntimeException verbatim(Status code, String words, String message) {
    String text = message == null ? "" : cut(message);
    boolean said = words.isEmpty() || text.endsWith(words);
    return code.withDescription(said ? text : text.isEmpty() ? words : text + ": " + words).asRuntimeException();
  }

  /** The client left, or its time is over. */
  private static StatusRuntimeException gone() {
    var deadline = Context.current().getDeadline();
    return deadline != null && deadline.isExpired() ? Status.DEADLINE_EXCEEDED.asRuntimeException() : Status.CANCELLED.asRuntimeException();
  }
}
