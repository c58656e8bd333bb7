package io.gantry.grpc;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Walks over lists that come in pages. */
final class Pages {
  private static final int SIZE = 50;

  /** From the key of the last one seen to what follows. */
  @FunctionalInterface
  interface Page<T> {
    List<T> after(String key, int max) throws IOException;
  }

  /** What is done with each; the next page is asked for when it was done with all of one. */
  @FunctionalInterface
  interface To<T> {
    void take(T one) throws IOException, InterruptedException;
  }

  private Pages() {}

  static <T> void each(Page<T> pages, Function<T, String> key, Predicate<T> wanted, To<T> to) throws IOException, InterruptedException {
    String after = "";
    for (List<T> page = pages.after(after, SIZE); !page.isEmpty(); page = pages.after(after, SIZE)) {
      for (T one : page) if (wanted.test(one)) to.take(one);
      after = key.apply(page.getLast());
    }
  }
}
