package io.gantry.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this process holds of the host.
 *
 * @param threads by name, numbers left out
 * @param descriptors by what they lead to, numbers left out
 * @param mounts of the mount namespace that have to do with a folder: the host may have others that come and go
 */
record Footprint(Map<String, Long> threads, Map<String, Long> descriptors, long mounts) {
  static Footprint now(Path folder) throws IOException {
    Map<String, Long> threads = counted(Thread.getAllStackTraces().keySet().stream().map(Thread::getName));
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd")); Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return new Footprint(threads, counted(fds.map(Footprint::target)), mounts.filter(m -> m.contains(folder.toString())).count());
    }
  }

  private static Map<String, Long> counted(Stream<String> names) {
    return names.map(n -> n.replaceAll("[0-9a-f]{32,}|[0-9]+", "#")).collect(Collectors.groupingBy(n -> n, TreeMap::new, Collectors
        .counting()));
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return "gone"; // the descriptor of this listing
    }
  }

  long threadCount() {
    return sum(threads);
  }

  long descriptorCount() {
    return sum(descriptors);
  }

  private static long sum(Map<String, Long> all) {
    return all.values().stream().mapToLong(n -> n).sum();
  }

  boolean within(Footprint before) {
    return threadCount() <= before.threadCount() && descriptorCount() <= before.descriptorCount() && mounts == before.mounts;
  }

  /** Where there is more than before. */
  String over(Footprint before) {
    return "threads " + more(threads, before.threads) + ", descriptors " + more(descriptors, before.descriptors) + ", mounts " + mounts
        + " after " + before.mounts;
  }

  private static Map<String, Long> more(Map<String, Long> now, Map<String, Long> before) {
    Map<String, Long> more = new TreeMap<>();
    now.forEach((name, n) -> more.merge(name, n - before.getOrDefault(name, 0L), Long::sum));
    more.values().removeIf(n -> n <= 0);
    return more;
  }

  @Override
  public String toString() {
    return threadCount() + " threads, " + descriptorCount() + " descriptors, " + mounts + " mounts";
  }
}
