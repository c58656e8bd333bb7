package io.gantry.api;

import java.time.Duration;

/** Not now: the network, a registry or a driver is away. The same call may succeed later. */
public final class UnavailableException extends GantryException {
  private static final long serialVersionUID = 1;
  private final Duration retryAfter;

  public UnavailableException(String message) {
    this(message, Duration.ZERO, null);
  }

  public UnavailableException(String message, Throwable cause) {
    this(message, Duration.ZERO, cause);
  }

  /** @param retryAfter how long the other side asked us to wait; zero where it said nothing */
  public UnavailableException(String message, Duration retryAfter, Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  /** How long to wait before the next try; zero where nobody said. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
