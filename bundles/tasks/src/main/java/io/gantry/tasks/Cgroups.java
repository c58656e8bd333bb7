package io.gantry.tasks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
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
  /** Read by whoever makes containers, over the call of the runtime; written by whoever takes empty ones away, who does not wait. */
  private final ReadWriteLock making = new ReentrantReadWriteLock();

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

  /** Until it is closed, which its thread does, no upper one is removed: a runtime makes it first, and then what is in it. */
  Making making() {
    making.readLock().lock();
    return making.readLock()::unlock;
  }

  /** While a runtime makes a container. */
  interface Making extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Runtimes make the upper one and leave it: removes it where no container is in it any more; the kernel refuses it where one is. Where
   * one is being made it stays, for the removal of that one.
   */
  void removeEmpty(String namespace) {
    if (!making.writeLock().tryLock()) return;
    try {
      for (Path c : all(namespace)) remove(c);
    } catch (IOException e) {
      LOG.debug("the cgroups of {} stay: {}", namespace, e.toString());
    } finally {
      making.writeLock().unlock();
    }
  }

  /** The upper ones that are there, one in each hierarchy. */
  List<Path> all(String namespace) throws IOException {
    String parent = parent(namespace);
    var all = new ArrayList<Path>();
    all.add(ROOT.resolve(parent));
    try (DirectoryStream<Path> controllers = Files.newDirectoryStream(ROOT)) {
      for (Path c : controllers) if (Files.isDirectory(c) && !Files.isSymbolicLink(c)) all.add(c.resolve(parent));
    }
    all.removeIf(c -> !Files.exists(c.resolve("cgroup.procs")));
    return all;
  }

  private static void remove(Path cgroup) {
    try {
      Files.delete(cgroup);
    } catch (IOException e) {
      LOG.debug("{} is in use: {}", cgroup, e.toString());
    }
  }
}
