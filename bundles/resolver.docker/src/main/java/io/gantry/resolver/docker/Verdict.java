package io.gantry.resolver.docker;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The one error of a call that asked several hosts in vain. What the last host, the origin, says of the image counts; where it could not be
 * asked, the most telling answer of a mirror. The message has what each of them said, so that nobody hunts the wrong one.
 */
final class Verdict {
  private Verdict() {}

  static GantryException over(String doing, List<Failure> failures) {
    Failure origin = failures.getLast();
    Failure main = origin;
    if (origin.kind == Failure.Kind.UNAVAILABLE) for (Failure f : failures) if (f.kind.compareTo(main.kind) > 0) main = f;
    String message = doing + ": " + failures.stream().map(Failure::getMessage).distinct().collect(Collectors.joining("; then "));
    GantryException e = one(main, message, failures);
    failures.stream().map(Failure::getCause).filter(c -> c != null && c != e.getCause()).forEach(e::addSuppressed);
    return e;
  }

  private static GantryException one(Failure main, String message, List<Failure> all) {
    return switch (main.kind) {
      case DENIED -> new DeniedException(message, main.getCause());
      case CORRUPT -> new CorruptException(message, main.expected, main.actual);
      case INVALID -> new InvalidException(message, main.getCause());
      case UNSUPPORTED -> new UnsupportedException(message, main.getCause());
      case NOT_FOUND -> new NotFoundException(message, main.getCause());
      case UNAVAILABLE -> new UnavailableException(message, soonest(all), main.getCause());
    };
  }

  /** When the first of those that may come back wants to be asked again. */
  private static Duration soonest(List<Failure> all) {
    return all.stream().filter(f -> f.kind == Failure.Kind.UNAVAILABLE).map(f -> f.retryAfter).min(Duration::compareTo)
        .orElse(Duration.ZERO);
  }
}
