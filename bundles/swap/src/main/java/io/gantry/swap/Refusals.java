package io.gantry.swap;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.driver.DriverRef;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What callers are told. */
final class Refusals {
  private Refusals() {}

  static NotFoundException unknown(DriverRef ref) {
    return new NotFoundException("there is no driver " + ref + ": no file in config/ names it and no bundle offers it; see driver:list");
  }

  static UnavailableException absent(DriverRef ref, Instant since, String why) {
    return new UnavailableException("driver " + ref + " is absent since " + when(since) + why + "; see driver:list, or install it");
  }

  static UnavailableException failed(Candidate c, DriverRef ref) {
    return new UnavailableException("driver " + ref + " of " + c.label() + " cannot be activated: " + c.failure);
  }

  static UnavailableException replaced(DriverRef ref, Duration waited) {
    return new UnavailableException("driver " + ref + " is being replaced, and has not come back in " + text(waited) + "; try again");
  }

  static UnavailableException ending(DriverRef ref) {
    return new UnavailableException("driver " + ref + " is not to be had: the manager ends; try again when it runs");
  }

  static UnavailableException unsettled(DriverRef ref, Duration waited) {
    return new UnavailableException("driver " + ref + " cannot be replaced: a build of it has begun to be activated or to go, and has not"
        + " ended that in replacement.timeout (" + text(waited) + "); see driver:list, and try again");
  }

  static UnavailableException busy(DriverRef ref, Duration waited) {
    return new UnavailableException("driver " + ref + " cannot be replaced: the replacement of another driver has not ended in"
        + " replacement.timeout (" + text(waited) + "); see driver:list, and try again");
  }

  static UnavailableException slow(Live live, Duration waited) {
    return new UnavailableException("driver " + live.label() + " has not answered in " + text(waited) + "; its call is left running");
  }

  static UnavailableException givenUp(Live live) {
    return new UnavailableException(
        "driver " + live.label() + " was replaced, and this call had not ended within drain.timeout; whether it took effect is not known");
  }

  static UnsupportedException cannot(Live live, Class<?> type) {
    return new UnsupportedException("driver " + live.label() + " does not offer " + type.getSimpleName());
  }

  static String when(Instant t) {
    return t.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private static String text(Duration d) {
    return d.toMillis() < 10_000 ? d.toMillis() + " ms" : d.toSeconds() + " s";
  }
}
