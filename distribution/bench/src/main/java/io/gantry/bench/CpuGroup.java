package io.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A cgroup that counts the processor time of a side: its daemon, clients, shims and whatever these start. Only what a runtime moves into a
 * container's own group escapes, which is the container and the end of its making.
 */
final class CpuGroup implements AutoCloseable {
  private static final int ATTEMPTS = 100;
  private final Path group;
  private final Path origin;
  private final boolean second;

  private CpuGroup(Path group, Path origin, boolean second) {
    this.group = group;
    this.origin = origin;
    this.second = second;
  }

  /** Empty where the system has no cgroup in which this process may count. */
  static Optional<CpuGroup> create(String name) {
    try {
      for (boolean second : new boolean[] {false, true}) {
        Optional<Path> origin = origin(second, Files.readAllLines(Path.of("/proc/self/mountinfo")),
            Files.readAllLines(Path.of("/proc/self/cgroup")));
        if (origin.isEmpty()) continue;
        var g = new CpuGroup(Files.createDirectory(origin.get().resolve(name)), origin.get(), second);
        g.enter();
        g.leave();
        return Optional.of(g);
      }
    } catch (IOException e) {
      System.err.println("bench: no processor times, since no cgroup can be used: " + e);
    }
    return Optional.empty();
  }

  /** The folder of this process in the hierarchy that counts: cpuacct of version 1, or version 2 as a whole. */
  static Optional<Path> origin(boolean second, List<String> mountinfo, List<String> cgroup) {
    String suffix = cgroup.stream().map(l -> l.split(":", 3))
        .filter(f -> second ? f[0].equals("0") : List.of(f[1].split(",")).contains("cpuacct")).map(f -> f[2]).findFirst().orElse(null);
    if (suffix == null) return Optional.empty();
    for (String line : mountinfo) {
      String[] fields = line.split(" ");
      String[] type = line.substring(line.indexOf(" - ") + 3).split(" ");
      boolean right = second ? type[0].equals("cgroup2") : type[0].equals("cgroup") && List.of(type[2].split(",")).contains("cpuacct");
      if (right) return Optional.of(Path.of(fields[4] + suffix).normalize());
    }
    return Optional.empty();
  }

  /** From now on what this process starts is counted. */
  void enter() throws IOException {
    join(group);
  }

  void leave() throws IOException {
    join(origin);
  }

  private static void join(Path there) throws IOException {
    Files.writeString(there.resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()));
  }

  double seconds() throws IOException {
    if (!second) return Long.parseLong(Files.readString(group.resolve("cpuacct.usage")).strip()) / 1e9;
    for (String line : Files.readAllLines(group.resolve("cpu.stat"))) {
      if (line.startsWith("usage_usec ")) return Long.parseLong(line.substring(11)) / 1e6;
    }
    throw new IOException(group + "/cpu.stat has no usage_usec");
  }

  /** Removes it, once the last process in it has ended. */
  @Override
  public void close() throws IOException {
    leave();
    for (int i = 1; Files.isDirectory(group); i++) {
      try {
        Files.delete(group);
      } catch (IOException e) {
        if (i == ATTEMPTS) throw e;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }
}
