package io.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** Memory of a process, in MB (1,000,000 bytes). */
final class Memory {
  private static final double MB = 1e6;

  private Memory() {}

  /** @param field {@code Rss} or {@code Pss} */
  static Sample of(long pid, String field) throws IOException {
    return new Sample(read(Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup")), field), OptionalDouble.empty());
  }

  static double read(List<String> rollup, String field) throws IOException {
    for (String line : rollup) {
      if (line.startsWith(field + ":")) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / MB;
    }
    throw new IOException("no field " + field + " in " + rollup);
  }
}
