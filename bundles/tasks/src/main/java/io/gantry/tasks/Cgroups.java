package io.gantry.tasks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cgroups of a namespace, above those of its containers: runtimes make them and leave them. */
final class Cgroups {
  private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private Cgroups() {}

  /** Removes them where no container is in them any more; the kernel refuses it where one is. */
  static void removeEmpty(String namespace) {
    remove(ROOT.resolve(namespace));
    try (DirectoryStream<Path> controllers = Files.newDirectoryStream(ROOT)) {
      for (Path c : controllers) if (Files.isDirectory(c) && !Files.isSymbolicLink(c)) remove(c.resolve(namespace));
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
