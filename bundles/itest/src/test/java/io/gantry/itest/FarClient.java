package io.gantry.itest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The shell's commands by {@code gantry --address}, on a manager's socket.
 *
 * @param side whose socket and namespace are meant
 */
record FarClient(Ctr side) {
  /** With a folder for what clients keep, whatever there is for this user: the tests look into it. */
  private static List<String> script(String... words) {
    var command = new ArrayList<>(List.of("env", "XDG_RUNTIME_DIR=" + CtrWorld.dir, System.getProperty("gantry.home") + "/bin/gantry"));
    command.addAll(List.of(words));
    return command;
  }

  List<String> command(String verb, String... words) {
    List<String> command = script("--address", "unix://" + side.socket(), verb, "-n", side.namespace());
    command.addAll(List.of(words));
    return command;
  }

  /** A shell for many lines. */
  List<String> session() {
    return script("--address", "unix://" + side.socket(), "shell");
  }

  Answer run(String verb, String... words) throws IOException, InterruptedException {
    return typing("", verb, words);
  }

  /** Runs what must succeed; its output. */
  String ok(String verb, String... words) throws IOException, InterruptedException {
    Answer a = run(verb, words);
    if (a.code() != 0) throw new AssertionError(verb + " " + String.join(" ", words) + " on " + side.socket() + " → " + a.both());
    return a.out().strip();
  }

  /** With that on its standard input. */
  Answer typing(String input, String verb, String... words) throws IOException, InterruptedException {
    return ask(input, command(verb, words));
  }

  /** What the script says to any words. */
  static Answer ask(String... words) throws IOException, InterruptedException {
    return ask("", script(words));
  }

  private static Answer ask(String input, List<String> command) throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory("far-answer");
    try {
      Path out = dir.resolve("out");
      Path err = dir.resolve("err");
      Process p = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try (var in = p.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      if (!p.waitFor(1, TimeUnit.MINUTES)) {
        p.destroyForcibly();
        throw new IOException(String.join(" ", command) + " took longer than a minute");
      }
      return new Answer(p.exitValue(), new String(Files.readAllBytes(out), StandardCharsets.UTF_8), Files.readString(err));
    } finally {
      for (String name : List.of("out", "err")) Files.deleteIfExists(dir.resolve(name));
      Files.delete(dir);
    }
  }
}
