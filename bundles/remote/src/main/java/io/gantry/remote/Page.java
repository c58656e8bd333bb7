package io.gantry.remote;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A page of a list that the wire gives whole and in any order: the first ones behind a place. Holds no more than it gives.
 *
 * @param <T> what is listed
 */
final class Page<T> {
  private final String after;
  private final int max;
  private final NavigableMap<String, T> kept = new TreeMap<>(Page::compare);

  /** @param after key of the last one seen; empty for none */
  Page(String after, int max) {
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

  List<T> list() {
    return List.copyOf(kept.values());
  }
}
