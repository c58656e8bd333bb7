package io.gantry.runtime.shim;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what a shim answered into the errors of the contract. */
final class Failure {
  /**
   * Of runc and youki: {@code exec: "redis": executable file not found in $PATH: unknown}; of crun: {@code executable file `redis` not
   * found}.
   */
  private static final Pattern COMMAND = Pattern.compile("(?:exec: |executable file )[\"`'](.*?)[\"`']:? ?(.*)", Pattern.DOTALL);

  /** {@code cannot start a running process}, {@code cannot pause task in created state}, {@code cannot exec in a stopped state}. */
  private static final Pattern STATE = Pattern.compile("^cannot \\w+ .*\\b(created|running|paused|stopped|deleted)\\b");

  private Failure() {}

  /** @param doing e.g. {@code start container default/foo} */
  static IOException of(String doing, TtrpcException e) {
    String said = e.getMessage().replaceFirst("(: unknown|: not found|: failed precondition)$", "");
    String message = doing + ": " + said;
    return switch (e.code()) {
      case TtrpcException.NOT_FOUND -> new NotFoundException(message, e);
      case TtrpcException.ALREADY_EXISTS -> new AlreadyExistsException(message, e);
      case TtrpcException.FAILED_PRECONDITION -> new ConflictException(message, e);
      case TtrpcException.RESOURCE_EXHAUSTED -> new ExhaustedException(message, e);
      case TtrpcException.UNIMPLEMENTED -> new UnsupportedException(doing + ": the shim cannot do that (" + said + ")", e);
      case TtrpcException.UNAVAILABLE, TtrpcException.DEADLINE_EXCEEDED -> new UnavailableException(message, e);
      default -> STATE.matcher(said).find() ? new ConflictException(message, e) // without a code of its own
          : e.getMessage().matches("(?s).*: not found(: unknown)?") ? new NotFoundException(message, e) // a shim's code is often lost
          : new InvalidException(message, e);
    };
  }

  /** The same of {@code create} and {@code start}, whose command may be at fault (T-7). */
  static IOException ofCommand(String doing, TtrpcException e) {
    Matcher m = COMMAND.matcher(e.getMessage());
    if (!m.find()) return of(doing, e);
    String what = doing + ": the command '" + m.group(1) + "' ";
    String why = m.group(2);
    if (why.contains("not found") || why.contains("no such file")) {
      return new NotFoundException(what + "is not there (" + why.replaceFirst(": unknown$", "") + ")", e);
    }
    return new DeniedException(what + "cannot be executed (" + why.replaceFirst(": unknown$", "") + ")", e);
  }
}
