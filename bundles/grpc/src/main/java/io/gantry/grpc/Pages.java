package io.gantry.grpc;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** Walks over lists that come in pages. */
final class Pages {
  private static final int SIZE = 200;

  /** From the key of the last one seen to what follows. */
  @FunctionalInterface
  interface Page<T> {
    List<T> after(String key, int max) throws IOException;
  }

  private Pages() {}

  static <T> void each(Page<T> pages, Function<T, String> key, Predicate<T> wanted, Consumer<T> each) throws IOException {
    String after = "";
    for (List<T> page = pages.after(after, SIZE); !page.isEmpty(); page = pages.after(after, SIZE)) {
      page.stream().filter(wanted).forEach(each);
      after = key.apply(page.getLast());
    }
  }
}
