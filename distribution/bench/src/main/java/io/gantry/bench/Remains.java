package io.gantry.bench;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What containers leave outside of all private folders: their cgroups, and the folder of shims' sockets. */
final class Remains {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final Path SHIMS = Path.of("/run/containerd");
  private static final int ATTEMPTS = 100;
  private final String namespace;
  private final boolean shims = Files.exists(SHIMS);

  /** @param namespace of containerd, which is the name of a cgroup too */
  Remains(String namespace) {
    this.namespace = namespace;
  }

  void run() throws IOException, InterruptedException {
    var groups = new ArrayList<Path>(List.of(CGROUPS.resolve(namespace)));
    try (Stream<Path> controllers = Files.list(CGROUPS)) {
      controllers.map(c -> c.resolve(namespace)).forEach(groups::add);
    }
    for (Path g : groups) if (Files.isDirectory(g)) group(g);
    if (!shims && Files.isDirectory(SHIMS)) empties(SHIMS);
  }

  /** Whoever is left in it is a container's, or about to become one. */
  private static void group(Path top) throws IOException, InterruptedException {
    for (Path g : folders(top)) {
      for (int i = 1; Files.isDirectory(g); i++) {
        for (String pid : Files.readAllLines(g.resolve("cgroup.procs"))) {
          ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
        }
        try {
          Files.delete(g);
        } catch (IOException e) {
          if (i == ATTEMPTS) throw e;
          TimeUnit.MILLISECONDS.sleep(20);
        }
      }
    }
  }

  /** Deletes what holds nothing; somebody else may use it by now. */
  private static void empties(Path top) throws IOException {
    for (Path p : folders(top)) {
      try {
        Files.delete(p);
      } catch (DirectoryNotEmptyException e) {
        System.err.println("bench: " + p + " is in use and stays");
      }
    }
  }

  private static List<Path> folders(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
    }
  }
}
