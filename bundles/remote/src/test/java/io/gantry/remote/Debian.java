package io.gantry.remote;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Debian's containerd on folders of its own, without the plugin for Kubernetes. */
final class Debian implements AutoCloseable {
  private final Path dir;
  private final Process daemon;

  Debian() throws IOException, InterruptedException {
    dir = Files.createTempDirectory("gantry-remote");
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
    Path program = Programs.find("containerd").orElseThrow();
    var builder = new ProcessBuilder(program.toString(), "--config", dir.resolve("config.toml").toString()).redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(dir.resolve("log").toFile()));
    builder.environment().put("PATH", program.getParent() + ":" + System.getenv("PATH") + ":/usr/sbin:/sbin");
    daemon = builder.start();
    Instant end = Instant.now().plus(Duration.ofSeconds(30));
    while (!Files.exists(dir.resolve("containerd.sock"))) {
      if (!daemon.isAlive() || Instant.now().isAfter(end)) {
        throw new IOException("containerd did not answer: " + Files.readString(dir.resolve("log")));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** Why it cannot run here, or empty. */
  static Optional<String> missing() {
    return Programs.find("containerd").isPresent() ? Optional.empty() : Optional.of("no containerd in the PATH or beneath GANTRY_TOOLS");
  }

  Address address() {
    return Address.parse("unix://" + dir.resolve("containerd.sock"));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    daemon.destroy();
    if (!daemon.waitFor(30, TimeUnit.SECONDS)) daemon.destroyForcibly().waitFor();
    Programs.output("rm", "-rf", dir.toString());
  }
}
