package io.gantry.itest;

import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Programs;
import io.gantry.kit.image.RegistryPush;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's {@code docker-registry} behind a file of passwords, with an image in it; its folder is the caller's. */
final class LockedRegistry implements AutoCloseable {
  static final String USER = "ann";
  static final String SECRET = "open-sesame-4711";
  /** The secret, as bcrypt with the lowest cost has it. */
  private static final String HTPASSWD = USER + ":$2b$04$abcdefghijklmnopqrstuuo6bT7LAS3oDMO8ApB/N/H/clbsiEgqi\n";
  private final Path folder;
  private final int port;
  private Process process;

  LockedRegistry(Path folder, String repository, String tag, Artifact image) throws IOException, InterruptedException {
    this.folder = folder;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = s.getLocalPort();
    }
    Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
    serve("", 200);
    new RegistryPush(URI.create("http://" + host())).push(repository, tag, image);
    close();
    serve("auth: {htpasswd: {realm: story, path: " + folder.resolve("htpasswd") + "}}\n", 401);
  }

  String host() {
    return "127.0.0.1:" + port;
  }

  private void serve(String auth, int ready) throws IOException, InterruptedException {
    Path config = Files.writeString(folder.resolve("config.yml"), "version: 0.1\nstorage: {filesystem: {rootdirectory: "
        + folder.resolve("storage") + "}}\nhttp: {addr: \"" + host() + "\"}\n" + auth);
    process = new ProcessBuilder(Programs.find("docker-registry").orElseThrow().toString(), "serve", config.toString())
        .redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        var answer = (HttpURLConnection) URI.create("http://" + host() + "/v2/").toURL().openConnection();
        if (answer.getResponseCode() == ready) return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > end) {
          close();
          throw new IOException("the registry does not start: " + Files.readString(folder.resolve("log")), e);
        }
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
