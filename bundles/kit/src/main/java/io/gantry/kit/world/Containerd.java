package io.gantry.kit.world;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's containerd on folders of its own, without the plugin for Kubernetes. */
public final class Containerd implements AutoCloseable {
  private final Path folder;
  private Process daemon;

  public Containerd() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("gantry-containerd");
    Files.writeString(folder.resolve("config.toml"), """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        oom_score = 0
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%1$s/containerd.sock"
        [plugins."io.containerd.internal.v1.opt"]
          path = "%1$s/opt"
        """.formatted(folder));
    start();
  }

  private void start() throws IOException, InterruptedException {
    Path program = Programs.find("containerd").orElseThrow();
    var builder = new ProcessBuilder(program.toString(), "--config", folder.resolve("config.toml").toString()).redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(folder.resolve("log").toFile()));
    builder.environment().put("PATH", program.getParent() + ":" + System.getenv("PATH") + ":/usr/sbin:/sbin");
    daemon = builder.start();
    Instant end = Instant.now().plus(Duration.ofSeconds(30));
    while (!isReached()) {
      if (daemon.waitFor(20, TimeUnit.MILLISECONDS) || Instant.now().isAfter(end)) {
        throw new IOException("containerd did not answer: " + Files.readString(folder.resolve("log")));
      }
    }
  }

  /** It listens once all its parts are there; the file of one that was killed is there before. */
  private boolean isReached() {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Why it cannot run here, or empty. */
  public static Optional<String> missing() {
    return Programs.find("containerd").isPresent() ? Optional.empty() : Optional.of("no containerd in the PATH or beneath GANTRY_TOOLS");
  }

  /** Kills it and starts another on its folders; what runs in containers runs on. */
  public void restart() throws IOException, InterruptedException {
    daemon.destroyForcibly().waitFor();
    start();
  }

  public Path socket() {
    return folder.resolve("containerd.sock");
  }

  public Path folder() {
    return folder;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    daemon.destroy();
    if (!daemon.waitFor(30, TimeUnit.SECONDS)) daemon.destroyForcibly().waitFor();
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      for (String mount : mounts.map(l -> l.split(" ")[1]).filter(m -> m.startsWith(folder.toString())).toList().reversed()) {
        Programs.output("umount", mount);
      }
    }
    Programs.output("rm", "-rf", folder.toString());
  }
}
