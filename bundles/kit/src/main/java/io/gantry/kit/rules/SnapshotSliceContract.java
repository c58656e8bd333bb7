package io.gantry.kit.rules;

import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The rule of {@link Snapshotter} that long work is done in slices, each perhaps by another instance. */
public final class SnapshotSliceContract implements Contract<Snapshotter> {
  private static final int FILES = 4000;
  /** Of the processor, by the calling thread: what waits for its turn on a busy machine does not count. */
  private static final Duration MOST = Duration.ofMillis(500);

  @Override
  public String name() {
    return "Snapshotter in slices";
  }

  @Rule(value = "S-2", stochastic = true)
  void longWorkIsDoneInSlicesByAnyInstance(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap big = s.active();
    try (Tree tree = s.tree(big)) {
      fill(tree);
    }
    sliced(t, "seal", () -> s.driver().seal(s.as(big, SnapKind.ACTIVE, List.of())).isPresent());
    Map<String, String> before = s.listing(s.as(big, SnapKind.SEALED, List.of()));
    Snap child = s.snap(SnapKind.ACTIVE, List.of(big.id()));
    sliced(t, "create", () -> {
      boolean done = s.driver().create(s.as(child, SnapKind.ACTIVE, child.parents()));
      t.equal(done, s.list(100).contains(child.id()), "whether the snapshot is listed when create answered " + done);
      return done;
    });
    sliced(t, "seal", () -> s.driver().seal(s.as(child, SnapKind.ACTIVE, child.parents())).isPresent());
    Map<String, String> after = s.listing(s.as(child, SnapKind.SEALED, child.parents()));
    t.equal(before.size(), after.size(), "names in the tree of a snapshot over one of " + FILES + " files");
    t.equal(before, after, "its tree");
    sliced(t, "remove", () -> {
      boolean done = s.driver().remove(child.id());
      t.check(!s.list(100).contains(child.id()), "a snapshot is listed after remove was called");
      return done;
    });
    t.equal(before, s.listing(s.as(big, SnapKind.SEALED, List.of())), "the parent's tree after the child was removed");
  }

  private static void fill(Tree tree) throws IOException {
    for (int i = 0; i < FILES; i++) {
      if (i % 200 == 0) Files.createDirectory(tree.path("d" + i / 200));
      Files.writeString(tree.path("d" + i / 200 + "/f" + i), i % 10 == 0 ? "file " + i : "");
    }
  }

  /** Calls until it is done, each time on a new instance, and looks how long a call took. */
  private static void sliced(Trial<Snapshotter> t, String what, Trial.Step step) throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    int[] calls = {0};
    t.until(what, () -> {
      if (calls[0]++ > 0) t.reopen();
      t.driver();
      long start = threads.getCurrentThreadCpuTime();
      boolean done = step.done();
      Duration took = Duration.ofNanos(threads.getCurrentThreadCpuTime() - start);
      t.check(took.compareTo(MOST) < 0, what + " over " + FILES + " files took " + took.toMillis()
          + " ms of the processor in one call; about 50 are meant");
      return done;
    });
  }
}
