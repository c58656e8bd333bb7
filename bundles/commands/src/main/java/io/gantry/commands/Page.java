package io.gantry.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Collects the pages of a list. */
public final class Page {
  private static final int SIZE = 500;

  private Page() {}

  /** One page after a cursor. */
  @FunctionalInterface
  public interface Fetch<T> {
    List<T> page(String after, int max) throws IOException;
  }

  /** All of them, in order. */
  public static <T> List<T> all(Fetch<T> fetch, Function<T, String> cursor) throws IOException {
    var all = new ArrayList<T>();
    String after = "";
    while (true) {
      List<T> page = fetch.page(after, SIZE);
      all.addAll(page);
      if (page.size() < SIZE) return all;
      after = cursor.apply(page.getLast());
    }
  }
}
