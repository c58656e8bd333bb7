package io.gantry.resolver.docker;

import java.time.Duration;
import javax.security.auth.login.FailedLoginException;

/**
 * Why one host could not help. Its text tells of the host alone; {@link Verdict} makes the one error of a call from those of all hosts.
 */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  /** What a failure says, the most telling last. */
  enum Kind { UNAVAILABLE, NOT_FOUND, UNSUPPORTED, INVALID, CORRUPT, DENIED }

  final Kind kind;
  final Duration retryAfter;
  final String expected;
  final String actual;

  private Failure(Kind kind, String text, Duration retryAfter, String expected, String actual, Throwable cause) {
    super(text, cause);
    this.kind = kind;
    this.retryAfter = retryAfter;
    this.expected = expected;
    this.actual = actual;
  }

  static Failure of(Kind kind, String text) {
    return new Failure(kind, text, Duration.ZERO, "", "", null);
  }

  static Failure of(Kind kind, String text, Throwable cause) {
    return new Failure(kind, text, Duration.ZERO, "", "", cause);
  }

  static Failure unavailable(String text, Duration retryAfter) {
    return new Failure(Kind.UNAVAILABLE, text, retryAfter, "", "", null);
  }

  static Failure corrupt(String text, String expected, String actual) {
    return new Failure(Kind.CORRUPT, text, Duration.ZERO, expected, actual, null);
  }

  /** That a host does not take a credential, whatever it is asked for: known outside of this bundle, as the JDK's own type. */
  static FailedLoginException login(RegistryHost host) {
    return new FailedLoginException(host.authority() + " refuses the login");
  }

  Failure because(Throwable cause) {
    return new Failure(kind, getMessage(), retryAfter, expected, actual, cause);
  }
}
