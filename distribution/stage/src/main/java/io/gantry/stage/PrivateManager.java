package io.gantry.stage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The {@code gantry} script on folders of its own, as a user calls it. */
public final class PrivateManager {
  private static final int START_SECONDS = 20;
  /** Driver, what it keeps, namespace, container. */
  private static final int RUNTIME_DEPTH = 4;
  private final Path script;
  private final Path root;
  private final Path state;

  public PrivateManager(Path script, Path root, Path state) {
    this.script = script;
    this.root = root;
    this.state = state;
  }

  public Path root() {
    return root;
  }

  public Path state() {
    return state;
  }

  /** Lets a registry stand in for a host; plain http is for loopback alone. */
  public void mirror(String host, String uri) throws IOException {
    Path hosts = Files.createDirectories(root.resolve("hosts").resolve(host));
    Files.writeString(hosts.resolve("hosts.toml"), "[host.\"" + uri + "\"]\n  capabilities = [\"pull\", \"resolve\"]\n");
  }

  /** Names the shim and the runtime of a private folder, where it has them; otherwise those in the PATH serve. */
  public void programs(Path tools) throws IOException {
    String shim = line("shim.path", tools, "containerd-shim-runc-v2");
    String runc = line("runc.path", tools, "runc");
    if ((shim + runc).isEmpty()) return;
    Path config = Files.createDirectories(root.resolve("config"));
    Files.writeString(config.resolve("runtime.shim~io.containerd.runc.v2.cfg"), shim + runc);
  }

  private static String line(String key, Path tools, String program) {
    for (String dir : List.of("usr/bin", "usr/sbin")) {
      Path p = tools.resolve(dir).resolve(program);
      if (Files.isExecutable(p)) return key + " = " + p + "\n";
    }
    return "";
  }

  /** Shows the command as a user types it, and lets it print. @throws IOException it failed */
  public void show(String... words) throws IOException, InterruptedException {
    System.out.println("\n$ gantry " + String.join(" ", words));
    System.out.flush();
    Process p = new ProcessBuilder(command(words)).inheritIO().start();
    int code = wait(p);
    if (code != 0) throw new IOException("'gantry " + String.join(" ", words) + "' ended with code " + code);
  }

  /** Runs a command without showing it; its output. */
  public String ask(String... words) throws IOException, InterruptedException {
    Process p = new ProcessBuilder(command(words)).redirectErrorStream(true).start();
    p.getOutputStream().close();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = wait(p);
    if (code != 0) throw new IOException("'gantry " + String.join(" ", words) + "' ended with code " + code + ": " + out.strip());
    return out.strip();
  }

  /** The pid of the manager, where one runs on these folders. */
  public OptionalLong pid() throws IOException, InterruptedException {
    String pid = Files.isDirectory(state) ? ask("status-quiet") : "";
    return pid.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(pid));
  }

  /** What a command is as a process. */
  public List<String> command(String... words) {
    var all = new ArrayList<String>(List.of(script.toString(), "--root", root.toString(), "--state", state.toString()));
    all.addAll(List.of(words));
    return all;
  }

  /**
   * Removes a container, where there is one. Only a manager can: where none runs it is started, and one that has just begun to start is
   * waited for.
   */
  public void forget(String container) throws IOException, InterruptedException {
    if (pid().isEmpty() && !holds(container)) return;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try {
        if (pid().isEmpty()) ask("start");
        if (ask("ctr:list", "-q").lines().toList().contains(container)) ask("ctr:delete", "-f", container);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) throw e;
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  /** Whether a runtime has something of this name. Of one that ended there is a record alone, and a cgroup that the manager takes away. */
  private boolean holds(String container) throws IOException {
    Path runtimes = state.resolve("runtime");
    if (!Files.isDirectory(runtimes)) return false;
    try (Stream<Path> all = Files.walk(runtimes, RUNTIME_DEPTH)) {
      return all.anyMatch(p -> p.getFileName().toString().equals(container));
    } catch (UncheckedIOException e) {
      return true; // it changes under us
    }
  }

  /** Ends the commands that still run on these folders: one that was just begun when Ctrl-C came has not got it. */
  public void endCommands() throws InterruptedException {
    for (ProcessHandle p : ProcessHandle.current().descendants().toList()) {
      if (!p.info().commandLine().orElse("").contains(" " + root + " ")) continue;
      p.destroy();
      try {
        p.onExit().get(START_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        p.destroyForcibly();
      }
    }
  }

  private static int wait(Process p) throws IOException, InterruptedException {
    if (!p.waitFor(5, TimeUnit.MINUTES)) {
      p.destroyForcibly();
      throw new IOException("a command took longer than five minutes");
    }
    return p.exitValue();
  }
}
