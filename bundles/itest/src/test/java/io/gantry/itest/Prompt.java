package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Whether a manager answers at once, whatever else it has to do. A machine that stands still for a moment makes one answer late: two in a
 * row are the manager's doing, and one that takes very long.
 */
final class Prompt {
  private static final Duration PROMPT = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private Prompt() {}

  /** How long an answer takes when something has been done. */
  static Duration after(ManagedChannel channel, String what) {
    Duration first = ApiClient.version(channel);
    return isPrompt(first) ? first : second(first, ApiClient.version(channel), "after " + what);
  }

  /** The slowest answer of those that are asked for while something goes on. */
  static Duration during(ManagedChannel channel, BooleanSupplier goesOn, String what) throws InterruptedException {
    Duration slowest = Duration.ZERO;
    Duration took = Duration.ZERO;
    int asked = 0;
    while (goesOn.getAsBoolean()) {
      took = second(took, ApiClient.version(channel), "during " + what);
      if (took.compareTo(slowest) > 0) slowest = took;
      asked++;
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertTrue(asked >= 10, "it was over before version was asked for ten times: " + asked);
    return slowest;
  }

  private static boolean isPrompt(Duration took) {
    return took.compareTo(PROMPT) <= 0;
  }

  private static Duration second(Duration before, Duration took, String when) {
    assertTrue(isPrompt(before) || isPrompt(took), "version took " + before + " and then " + took + " " + when);
    for (Duration d : new Duration[] {before, took}) assertTrue(d.compareTo(LONGEST) <= 0, "version took " + d + " " + when);
    return took;
  }
}
