package io.gantry.kit.registry;

import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Programs;
import io.gantry.kit.image.RegistryPush;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's {@code docker-registry}, with storage of its own, on a free port of loopback; ends and is swept by {@link #close}. */
public final class RealRegistry implements AutoCloseable {
  private static final String PROGRAM = "docker-registry";
  private final Process process;
  private final int port;
  private final Path folder;

  private RealRegistry(Process process, int port, Path folder) {
    this.process = process;
    this.port = port;
    this.folder = folder;
  }

  /** Why this cannot work here, or empty. */
  public static Optional<String> missing() {
    if (Programs.find(PROGRAM).isPresent()) return Optional.empty();
    return Optional.of("no " + PROGRAM + " in the PATH or beneath GANTRY_TOOLS");
  }

  public static RealRegistry start() throws IOException {
    Path program = Programs.find(PROGRAM).orElseThrow(() -> new IOException(missing().orElseThrow()));
    Path folder = Files.createTempDirectory("kit-registry");
    IOException last = null;
    for (int attempt = 0; attempt < 3; attempt++) { // somebody may take the port that was free just now
      int port = freePort();
      Path config = Files.writeString(folder.resolve("config.yml"), config(folder, port));
      Process p = new ProcessBuilder(program.toString(), "serve", config.toString()).redirectErrorStream(true)
          .redirectOutput(folder.resolve("log").toFile()).start();
      RealRegistry r = new RealRegistry(p, port, folder);
      try {
        r.await();
        return r;
      } catch (IOException e) {
        r.stop();
        last = e;
      }
    }
    IOException failed = new IOException(PROGRAM + " did not start: " + Files.readString(folder.resolve("log")), last);
    sweep(folder);
    throw failed;
  }

  /** {@code 127.0.0.1:port}. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  public URI uri() {
    return URI.create("http://" + host());
  }

  public RealRegistry push(String repository, String tag, Artifact artifact) throws IOException {
    new RegistryPush(uri()).push(repository, tag, artifact);
    return this;
  }

  @Override
  public void close() throws IOException {
    stop();
    sweep(folder);
  }

  private void stop() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void await() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        HttpURLConnection c = (HttpURLConnection) uri().resolve("/v2/").toURL().openConnection();
        c.setConnectTimeout(1000);
        c.setReadTimeout(5000);
        if (c.getResponseCode() == 200) return;
        throw new IOException("/v2/ answered " + c.getResponseCode());
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > end) throw e;
      }
      try {
        if (process.waitFor(20, TimeUnit.MILLISECONDS)) throw new IOException(PROGRAM + " ended with " + process.exitValue());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while " + PROGRAM + " starts");
      }
    }
  }

  private static String config(Path folder, int port) {
    return """
        version: 0.1
        log:
          level: warn
          accesslog:
            disabled: true
        storage:
          filesystem:
            rootdirectory: %s
          delete:
            enabled: true
        http:
          addr: 127.0.0.1:%d
          relativeurls: true
        """.formatted(folder.resolve("storage"), port);
  }

  private static int freePort() throws IOException {
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return s.getLocalPort();
    }
  }

  private static void sweep(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path p : all) Files.delete(p);
  }
}
