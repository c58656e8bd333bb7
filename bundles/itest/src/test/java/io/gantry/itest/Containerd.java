package io.gantry.itest;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's containerd on folders of its own, without the plugin for Kubernetes. */
final class Containerd implements AutoCloseable {
  private final Path dir;
  private Process daemon;

  Containerd() throws IOException, InterruptedException {
    dir = Files.createTempDirectory("gantry-containerd");
    Files.writeString(dir.resolve("config.toml"), """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        oom_score = 0
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%1$s/containerd.sock"
        [plugins."io.containerd.internal.v1.opt"]
          path = "%1$s/opt"
        """.formatted(dir));
    start();
  }

  private void start() throws IOException, InterruptedException {
    Path program = Programs.find("containerd").orElseThrow();
    var builder = new ProcessBuilder(program.toString(), "--config", dir.resolve("config.toml").toString()).redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(dir.resolve("log").toFile()));
    builder.environment().put("PATH", program.getParent() + ":" + System.getenv("PATH") + ":/usr/sbin:/sbin");
    daemon = builder.start();
    Instant end = Instant.now().plus(Duration.ofSeconds(30));
    while (!Files.exists(socket()) || ctr().run("version").code() != 0) {
      if (!daemon.isAlive() || Instant.now().isAfter(end)) {
        throw new IOException("containerd did not answer: " + Files.readString(dir.resolve("log")));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** Why it cannot run here, or empty. */
  static Optional<String> missing() {
    for (String program : List.of("containerd", "ctr")) {
      if (Programs.find(program).isEmpty()) return Optional.of("no " + program + " in the PATH or beneath GANTRY_TOOLS");
    }
    return Optional.empty();
  }

  /** Kills it and starts another on its folders; what runs in containers runs on. */
  void restart() throws IOException, InterruptedException {
    daemon.destroyForcibly().waitFor();
    start();
  }

  private Path socket() {
    return dir.resolve("containerd.sock");
  }

  Ctr ctr() {
    return new Ctr(socket(), dir, "default");
  }

  @Override
  public void close() throws IOException, InterruptedException {
    daemon.destroy();
    if (!daemon.waitFor(30, TimeUnit.SECONDS)) daemon.destroyForcibly().waitFor();
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      for (String mount : mounts.map(l -> l.split(" ")[1]).filter(m -> m.startsWith(dir.toString())).toList().reversed()) {
        Programs.output("umount", mount);
      }
    }
    Programs.output("rm", "-rf", dir.toString());
  }
}
