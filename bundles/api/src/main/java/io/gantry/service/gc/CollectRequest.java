package io.gantry.service.gc;

/**
 * A collection as asked for.
 *
 * @param dryRun says what would go, and removes nothing
 * @param strays also bytes and trees that no record tells of where they are many, and more than those that records tell of; else they are
 *     left alone, since the records may be the wrong ones
 */
public record CollectRequest(boolean dryRun, boolean strays) {
  /** What goes, goes. */
  public static CollectRequest defaults() {
    return new CollectRequest(false, false);
  }

  /** Nothing goes. */
  public static CollectRequest dry() {
    return new CollectRequest(true, false);
  }
}
