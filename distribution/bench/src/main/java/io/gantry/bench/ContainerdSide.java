package io.gantry.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** containerd as it comes, on private folders, without the plugin for Kubernetes. */
final class ContainerdSide implements Side {
  private static final int PATIENCE_SECONDS = 30;
  private final Path folder;
  private final String registry;
  private final Programs programs;
  private final String namespace;
  private final Client client;
  private Process daemon;

  /**
   * Where the programs are.
   *
   * @param path a PATH that finds the shim and runc
   */
  record Programs(Path containerd, Path ctr, String path) {
    static Programs find(Path tools) throws IOException {
      Path bin = tools.resolve("usr/bin");
      String path = bin + File.pathSeparator + tools.resolve("usr/sbin") + File.pathSeparator
          + System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + File.pathSeparator + "/usr/sbin:/sbin";
      return new Programs(program(path, "containerd"), program(path, "ctr"), path);
    }

    private static Path program(String path, String name) throws IOException {
      for (String dir : path.split(File.pathSeparator)) {
        Path p = Path.of(dir.isEmpty() ? "." : dir, name);
        if (Files.isExecutable(p)) return p;
      }
      throw new IOException(name + " was not found in " + path);
    }
  }

  /** @param registry {@code HOST:PORT} on loopback */
  ContainerdSide(Programs programs, Path folder, String registry, String namespace) {
    this.programs = programs;
    this.folder = folder;
    this.registry = registry;
    this.namespace = namespace;
    this.client = new Client(folder.resolveSibling("ctr.out"), Map.of("PATH", programs.path()));
  }

  @Override
  public String name() {
    return "containerd";
  }

  /** The configuration is written before the time runs. */
  void configure() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.toml"), """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        oom_score = 0
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%2$s"
        [plugins."io.containerd.internal.v1.opt"]
          path = "%1$s/opt"
        """.formatted(folder, socket()));
  }

  @Override
  public Path socket() {
    return folder.resolve("containerd.sock");
  }

  @Override
  public void start() throws IOException, InterruptedException {
    var builder = new ProcessBuilder(programs.containerd().toString(), "--config", folder.resolve("config.toml").toString())
        .redirectErrorStream(true).redirectOutput(folder.resolveSibling("containerd.log").toFile());
    builder.environment().put("PATH", programs.path());
    daemon = builder.start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.exists(socket()) || client.code(ctr("version")) != 0) {
      if (!daemon.isAlive() || System.nanoTime() > end) {
        throw new IOException("containerd did not answer: " + Files.readString(folder.resolveSibling("containerd.log")));
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Override
  public void stop() throws IOException, InterruptedException {
    if (daemon == null) return;
    daemon.destroy();
    if (!daemon.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) daemon.destroyForcibly().waitFor();
    daemon = null;
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public void pull(String image) throws IOException, InterruptedException {
    client.run(ctr("images", "pull", "--plain-http", registry + "/" + image));
  }

  @Override
  public void runTrue(String image, String id) throws IOException, InterruptedException {
    client.run(ctr("run", "--rm", "--fifo-dir", folder.resolve("fifo").toString(), "--runc-root", folder.resolve("runc").toString(),
        registry + "/" + image, id, "/bin/true"));
  }

  @Override
  public void list() throws IOException, InterruptedException {
    client.run(ctr("images", "ls"));
  }

  @Override
  public boolean isEmpty() throws IOException, InterruptedException {
    client.run(ctr("content", "ls", "-q"));
    String blobs = client.output();
    client.run(ctr("snapshots", "ls"));
    return blobs.isEmpty() && client.output().lines().count() <= 1;
  }

  /** Ends what an interrupted measurement left. */
  void clear() throws IOException, InterruptedException {
    if (daemon != null && daemon.isAlive() && Files.exists(socket())) {
      client.code(ctr("tasks", "rm", "-f", Session.CONTAINER));
      client.code(ctr("containers", "rm", Session.CONTAINER));
    }
    stop();
  }

  @Override
  public long pid() {
    return daemon.pid();
  }

  @Override
  public Path snapshots() {
    return folder.resolve("root").resolve("io.containerd.snapshotter.v1.overlayfs").resolve("snapshots");
  }

  String version() throws IOException, InterruptedException {
    client.run(List.of(programs.containerd().toString(), "--version"));
    return client.output();
  }

  private List<String> ctr(String... words) {
    var all = new ArrayList<String>(List.of(programs.ctr().toString(), "--address", socket().toString(), "--namespace", namespace));
    all.addAll(List.of(words));
    return all;
  }
}
