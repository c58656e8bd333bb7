package io.gantry.tasks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the containers of this manager and a namespace have their cgroups: {@code /gantry-<manager>-<namespace>/<id>}. Managers live side
 * by side on one host, and ids are unique in a manager only: with a shared cgroup a signal to all would reach the other one's processes.
 */
final class Cgroups {
  private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private static final int DIGITS = 12;
  private final String manager;

  /** @param state the manager's state folder, which no other manager has */
  Cgroups(Path state) {
    manager = HexFormat.of().formatHex(sha256(state.toAbsolutePath().normalize().toString())).substring(0, DIGITS);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  private String parent(String namespace) {
    return "gantry-" + manager + "-" + namespace;
  }

  /** The path a container's spec names. */
  String path(String namespace, String container) {
    return "/" + parent(namespace) + "/" + container;
  }

  /** Runtimes make the upper one and leave it: removes it where no container is in it any more; the kernel refuses it where one is. */
  void removeEmpty(String namespace) {
    String parent = parent(namespace);
    remove(ROOT.resolve(parent));
    try (DirectoryStream<Path> controllers = Files.newDirectoryStream(ROOT)) {
      for (Path c : controllers) if (Files.isDirectory(c) && !Files.isSymbolicLink(c)) remove(c.resolve(parent));
    } catch (IOException e) {
      LOG.debug("the cgroups of {} stay: {}", namespace, e.toString());
    }
  }

  private static void remove(Path cgroup) {
    if (!Files.exists(cgroup.resolve("cgroup.procs"))) return;
    try {
      Files.delete(cgroup);
    } catch (IOException e) {
      LOG.debug("{} is in use: {}", cgroup, e.toString());
    }
  }
}
