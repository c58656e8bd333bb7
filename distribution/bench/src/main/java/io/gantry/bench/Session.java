package io.gantry.bench;

import io.gantry.stage.Sweep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One side's part of a round: from empty folders and a new daemon through all measures to its end. Every image is new to the daemon, so
 * nothing needs to be removed in between, and both sides are warmed alike: the first large image is a measure of its own, the second one
 * comes to a daemon that has pulled before.
 */
final class Session {
  static final String CONTAINER = "gantry-bench-true";
  static final String FIRST = "bench/large:first";
  static final String SECOND = "bench/large:second";
  static final String THIRD = "bench/large:third";
  static final String REDIS = "library/redis:latest";
  static final String BUSYBOX = "library/busybox:latest";
  private static final int RUNS = 6;
  private static final int LISTS = 12;
  private static final int PAUSE_SECONDS = 20;

  private final Options options;
  private final Side side;
  private final ApiClient client;
  private final Meter meter;
  private final Map<Measure, List<Sample>> samples;

  Session(Options options, Side side, ApiClient client, Meter meter, Map<Measure, List<Sample>> samples) {
    this.options = options;
    this.side = side;
    this.client = client;
    this.meter = meter;
    this.samples = samples;
  }

  static Map<Measure, List<Sample>> noSamples() {
    var all = new EnumMap<Measure, List<Sample>>(Measure.class);
    for (Measure m : Measure.values()) all.put(m, new java.util.ArrayList<>());
    return all;
  }

  /** @return regular files that were unpacked, to be compared */
  long run() throws IOException, InterruptedException {
    take(Measure.START, side::start);
    if (!side.isEmpty()) throw new IOException(side.name() + " holds something before anything was pulled");
    if (options.wants(Measure.LARGE_FIRST, Measure.LARGE, Measure.SMALL, Measure.IDLE_RSS, Measure.IDLE_PSS)) {
      pull(Measure.LARGE_FIRST, FIRST);
    }
    if (options.wants(Measure.LARGE)) pull(Measure.LARGE, SECOND);
    if (options.wants(Measure.SMALL)) pull(Measure.SMALL, REDIS);
    if (options.wants(Measure.RUN)) {
      side.pull(BUSYBOX);
      side.runTrue(BUSYBOX, CONTAINER);
      for (int i = 0; i < RUNS; i++) take(Measure.RUN, () -> side.runTrue(BUSYBOX, CONTAINER));
    }
    if (options.wants(Measure.ONE_SHOT)) {
      side.list();
      for (int i = 0; i < LISTS; i++) take(Measure.ONE_SHOT, side::list);
    }
    if (options.wants(Measure.IDLE_RSS, Measure.IDLE_PSS)) {
      TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
      samples.get(Measure.IDLE_RSS).add(Memory.of(side.pid(), "Rss"));
      samples.get(Measure.IDLE_PSS).add(Memory.of(side.pid(), "Pss"));
    }
    if (options.wants(Measure.API)) new ApiMeasures(options, side, client, meter, samples).run();
    long files = files(side.snapshots());
    side.stop();
    new Sweep(side.folder()).files();
    return files;
  }

  private void pull(Measure measure, String image) throws IOException, InterruptedException {
    settle();
    take(measure, () -> side.pull(image));
  }

  private void take(Measure measure, Meter.Step step) throws IOException, InterruptedException {
    samples.get(measure).add(meter.time(step));
  }

  /** What was written before is on disk, so that nobody pays for it later. */
  static void settle() throws IOException, InterruptedException {
    new ProcessBuilder("sync").inheritIO().start().waitFor();
  }

  /** Cold caches where that is permitted. */
  static void dropCaches() throws IOException, InterruptedException {
    settle();
    Path drop = Path.of("/proc/sys/vm/drop_caches");
    if (Files.isWritable(drop)) Files.writeString(drop, "3");
  }

  private static long files(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) return 0;
    try (Stream<Path> all = Files.walk(tree)) {
      return all.filter(p -> Files.isRegularFile(p, java.nio.file.LinkOption.NOFOLLOW_LINKS)).count();
    }
  }
}
