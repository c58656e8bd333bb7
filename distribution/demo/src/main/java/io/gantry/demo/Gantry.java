package io.gantry.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The {@code gantry} script on folders of its own, as a user calls it. */
final class Gantry {
  private final Path script;
  private final Path root;
  private final Path state;

  Gantry(Path script, Path root, Path state) {
    this.script = script;
    this.root = root;
    this.state = state;
  }

  Path state() {
    return state;
  }

  /** Shows the command as a user types it, and lets it print. @throws IOException it failed */
  void show(String... words) throws IOException, InterruptedException {
    System.out.println("\n$ gantry " + String.join(" ", words));
    System.out.flush();
    Process p = new ProcessBuilder(command(words)).inheritIO().start();
    int code = wait(p);
    if (code != 0) throw new IOException("'gantry " + String.join(" ", words) + "' ended with code " + code);
  }

  /** Runs a command without showing it; its output. */
  String ask(String... words) throws IOException, InterruptedException {
    Process p = new ProcessBuilder(command(words)).redirectErrorStream(true).start();
    p.getOutputStream().close();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = wait(p);
    if (code != 0) throw new IOException("'gantry " + String.join(" ", words) + "' ended with code " + code + ": " + out.strip());
    return out.strip();
  }

  private static int wait(Process p) throws IOException, InterruptedException {
    if (!p.waitFor(5, TimeUnit.MINUTES)) {
      p.destroyForcibly();
      throw new IOException("a command took longer than five minutes");
    }
    return p.exitValue();
  }

  private List<String> command(String... words) {
    var all = new ArrayList<String>(List.of(script.toString(), "--root", root.toString(), "--state", state.toString()));
    all.addAll(List.of(words));
    return all;
  }
}
