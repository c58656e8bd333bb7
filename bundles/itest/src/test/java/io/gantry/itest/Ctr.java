package io.gantry.itest;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Debian's {@code ctr} with the daemon it speaks to.
 *
 * @param socket of that daemon
 * @param folder of that daemon, told as {@code DIR} in what it prints; the client's files are there too
 */
record Ctr(Path socket, Path folder, String namespace) {
  /** Why it cannot run here, or empty. */
  static Optional<String> missing() {
    return Programs.find("ctr").isPresent() ? Optional.empty() : Optional.of("no ctr in the PATH or beneath GANTRY_TOOLS");
  }

  Ctr in(String other) {
    return new Ctr(socket, folder, other);
  }

  List<String> command(List<String> words) {
    var command = new ArrayList<String>(List.of(Programs.find("ctr").orElseThrow().toString(), "--address", socket.toString(),
        "--namespace", namespace));
    command.addAll(words);
    return command;
  }

  Answer run(String... words) throws IOException, InterruptedException {
    return typing("", List.of(words));
  }

  /** Runs what must succeed; its output. */
  String ok(String... words) throws IOException, InterruptedException {
    Answer a = run(words);
    if (a.code() != 0) throw new AssertionError("ctr " + String.join(" ", words) + " → " + a.both());
    return a.out().strip();
  }

  /** With that on its standard input. */
  Answer typing(String input, List<String> words) throws IOException, InterruptedException {
    Path in = Files.writeString(Files.createTempFile(folder, "in", ""), input);
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process p = new ProcessBuilder(command(words)).redirectInput(in.toFile()).redirectOutput(out.toFile())
        .redirectError(err.toFile()).start();
    if (!p.waitFor(1, TimeUnit.MINUTES)) {
      p.destroyForcibly();
      throw new IOException("ctr " + String.join(" ", words) + " took longer than a minute");
    }
    String text = new String(Files.readAllBytes(out), StandardCharsets.UTF_8); // which may be any bytes
    return new Answer(p.exitValue(), text, Files.readString(err, StandardCharsets.UTF_8));
  }
}
