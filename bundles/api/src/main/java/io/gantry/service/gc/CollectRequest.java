package io.gantry.service.gc;

/**
 * A collection as asked for.
 *
 * @param dryRun says what would go, and removes nothing
 */
public record CollectRequest(boolean dryRun) {
  /** What goes, goes. */
  public static CollectRequest defaults() {
    return new CollectRequest(false);
  }

  /** Nothing goes. */
  public static CollectRequest dry() {
    return new CollectRequest(true);
  }
}
