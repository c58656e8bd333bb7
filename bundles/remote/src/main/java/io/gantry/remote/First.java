package io.gantry.remote;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The first ones behind a place, of many that come in any order: lists of the wire have no pages. Holds no more than it gives.
 *
 * @param <T> what is listed
 */
final class First<T> {
  private final String after;
  private final int max;
  private final NavigableMap<String, T> kept = new TreeMap<>(First::compare);

  /** @param after key of the last one seen; empty for none */
  First(String after, int max) {
    if (max < 1) throw new IllegalArgumentException("a page of " + max + ", expected 1 at least");
    this.after = after;
    this.max = max;
  }

  /** In the order of UTF-8, as managers have it. */
  private static int compare(String a, String b) {
    return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  void add(String key, T one) {
    if (!after.isEmpty() && compare(key, after) <= 0) return;
    kept.put(key, one);
    if (kept.size() > max) kept.pollLastEntry();
  }

  List<T> page() {
    return List.copyOf(kept.values());
  }
}
