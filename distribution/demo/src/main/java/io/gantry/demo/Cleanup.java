package io.gantry.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

/** Takes everything away, once, whether the demonstration ended, failed or was interrupted. */
final class Cleanup {
  private final Gantry gantry;
  private final Path scratch;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private boolean done;

  Cleanup(Gantry gantry, Path scratch) {
    this.gantry = gantry;
    this.scratch = scratch;
  }

  synchronized void add(AutoCloseable c) throws IOException {
    if (done) {
      step("stopping a server", c::close);
      throw new IOException("the demonstration has ended");
    }
    open.push(c);
  }

  synchronized void run() {
    if (done) return;
    done = true;
    step("removing the container", this::container);
    step("stopping the manager", () -> gantry.ask("stop"));
    for (AutoCloseable c : open) step("stopping a server", c::close);
    step("removing files", this::files);
  }

  private void container() throws Exception {
    if (!Files.isDirectory(gantry.state())) return;
    // A manager that was killed is started again, since it alone knows what is to be removed.
    if (gantry.ask("status-quiet").isEmpty() && Files.exists(gantry.state().resolve("task"))) gantry.ask("start");
    if (gantry.ask("status-quiet").isEmpty()) return;
    if (gantry.ask("ctr:list", "-q").lines().anyMatch("foo"::equals)) gantry.ask("ctr:delete", "-f", "foo");
  }

  private void files() throws IOException {
    try (Stream<Path> all = Files.walk(scratch)) {
      all.sorted(Comparator.reverseOrder()).forEach(p -> {
        try {
          Files.delete(p);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }

  /** What may fail. */
  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }

  private static void step(String what, Step step) {
    try {
      step.run();
    } catch (Exception e) {
      System.err.println("demo: " + what + " failed: " + e.getMessage());
    }
  }
}
