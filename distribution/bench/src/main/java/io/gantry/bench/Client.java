package io.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a client to its end, with its output in a file, since a reader would be part of the measurement.
 *
 * @param log for its output
 * @param environment beside what there is
 */
record Client(Path log, Map<String, String> environment) {
  private static final int LONGEST_MINUTES = 5;
  private static final Path NOTHING = Path.of("/dev/null");
  private static final int TAIL = 1000;

  void run(List<String> command) throws IOException, InterruptedException {
    run(command, NOTHING);
  }

  /** @param input what it reads */
  void run(List<String> command, Path input) throws IOException, InterruptedException {
    int code = code(command, input);
    if (code != 0) throw new IOException(String.join(" ", command) + " ended with code " + code + ": " + tail());
  }

  /** Its exit code. */
  int code(List<String> command) throws IOException, InterruptedException {
    return code(command, NOTHING);
  }

  private int code(List<String> command, Path input) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(input.toFile()).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process p = builder.start();
    try {
      if (!p.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
        throw new IOException(String.join(" ", command) + " took longer than " + LONGEST_MINUTES + " minutes");
      }
      return p.exitValue();
    } finally {
      p.destroyForcibly();
    }
  }

  String output() throws IOException {
    return Files.readString(log).strip();
  }

  private String tail() throws IOException {
    String all = output();
    return all.substring(Math.max(0, all.length() - TAIL));
  }
}
