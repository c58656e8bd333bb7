package io.gantry.itest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A manager of the archive on folders of its own, called through its script. */
final class Manager implements AutoCloseable {
  private final Path script;
  private final Path dir;
  private final String javaOptions;

  Manager(String mirror) throws IOException {
    this(mirror, "");
  }

  /** @param javaOptions of the manager's JVM */
  Manager(String mirror, String javaOptions) throws IOException {
    this(mirror, javaOptions, Path.of(System.getProperty("gantry.home")));
  }

  /** @param home an unpacked archive */
  Manager(String mirror, String javaOptions, Path home) throws IOException {
    script = home.resolve("bin").resolve("gantry");
    this.javaOptions = javaOptions;
    dir = Files.createTempDirectory("gantry-itest");
    Path hosts = Files.createDirectories(root().resolve("hosts").resolve("docker.io"));
    Files.writeString(hosts.resolve("hosts.toml"), "[host.\"" + mirror + "\"]\n  capabilities = [\"pull\", \"resolve\"]\n");
  }

  /** Why stories cannot run here, or empty. */
  static Optional<String> missing() {
    if (!"root".equals(System.getProperty("user.name"))) return Optional.of("not root: a manager makes mounts and containers");
    for (String program : List.of("runc", "containerd-shim-runc-v2")) {
      if (find(program).isEmpty()) return Optional.of("no " + program + " in the PATH or below GANTRY_TOOLS");
    }
    return Optional.empty();
  }

  private static Optional<Path> find(String program) {
    var dirs = new ArrayList<>(List.of(System.getenv("PATH").split(":")));
    String tools = System.getenv("GANTRY_TOOLS");
    if (tools != null) dirs.addAll(List.of(tools + "/usr/bin", tools + "/usr/sbin"));
    return dirs.stream().map(d -> Path.of(d, program)).filter(Files::isExecutable).findFirst();
  }

  Path script() {
    return script;
  }

  Path root() {
    return dir.resolve("root");
  }

  Path state() {
    return dir.resolve("state");
  }

  Answer run(String... words) throws IOException, InterruptedException {
    return typing("", words);
  }

  /** A command as a process. */
  List<String> command(String... words) {
    var command = new ArrayList<String>(List.of(script.toString(), "--root", root().toString(), "--state", state().toString()));
    command.addAll(List.of(words));
    return command;
  }

  /** With that on its standard input. */
  Answer typing(String input, String... words) throws IOException, InterruptedException {
    Path out = Files.createTempFile(dir, "out", "");
    Path err = Files.createTempFile(dir, "err", "");
    var builder = new ProcessBuilder(command(words)).redirectOutput(out.toFile()).redirectError(err.toFile());
    if (!javaOptions.isEmpty()) builder.environment().put("GANTRY_JAVA_OPTS", javaOptions);
    Process p = builder.start();
    p.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
    p.getOutputStream().close();
    if (!p.waitFor(3, TimeUnit.MINUTES)) {
      p.destroyForcibly();
      throw new IOException(String.join(" ", words) + " took longer than three minutes");
    }
    return new Answer(p.exitValue(), Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
  }

  /** Runs what must succeed; its output. */
  String ok(String... words) throws IOException, InterruptedException {
    Answer a = run(words);
    if (a.code() != 0) throw new AssertionError(String.join(" ", words) + " → " + a.both());
    return a.out().strip();
  }

  long pid() throws IOException {
    return Long.parseLong(Files.readString(state().resolve("gantry.pid")).strip());
  }

  /** Kills it as a power loss of the process would. */
  void kill() throws IOException {
    ProcessHandle handle = ProcessHandle.of(pid()).orElseThrow();
    handle.destroyForcibly();
    handle.onExit().join();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    Answer ids = run("ctr:list", "-q");
    if (ids.code() == 0) for (String id : ids.out().lines().toList()) run("ctr:delete", "-f", id);
    run("stop");
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }
}
