package io.gantry.runtime.shim;

import io.gantry.api.ConflictException;
import io.gantry.api.UnavailableException;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Pidfd;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The cgroup that a container asks for. runc of 1.1 joins one that others are in with no more than a warning, and a signal to all
 * processes of the one container then goes to those of the other as well; two managers that run the same id would meet so. Killed in the
 * midst of a create it leaves the cgroup, and no note by which its own delete would find it.
 */
final class Cgroup {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final long STEP_NANOS = Duration.ofMillis(20).toNanos();

  private Cgroup() {}

  /**
   * @param hierarchies where the kernel's are mounted: {@code /sys/fs/cgroup}
   * @throws ConflictException somebody is in it
   */
  static void requireFree(Path hierarchies, TaskId id, byte[] spec) throws IOException {
    for (Path folder : folders(hierarchies, id, spec)) {
      String first = firstProcess(folder.resolve("cgroup.procs"));
      if (first.isEmpty()) continue;
      throw new ConflictException("create container " + id + ": process " + first + " is in its cgroup " + folder
          + " already, expected it empty; another manager may run a container of that id: give another id");
    }
  }

  /**
   * How many processes in it the kernel killed for want of memory, as it counts them: with all below it in v2, in it alone in v1.
   *
   * @return empty where its path is not known, or no memory is counted there (any more)
   */
  static OptionalLong killed(Path hierarchies, TaskId id, byte[] spec) throws IOException {
    for (Path folder : folders(hierarchies, id, spec)) {
      for (String file : List.of("memory.events", "memory.oom_control")) {
        OptionalLong count = count(folder.resolve(file), "oom_kill ");
        if (count.isPresent()) return count;
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong count(Path file, String key) throws IOException {
    try {
      return Files.readAllLines(file).stream().filter(l -> l.startsWith(key)).mapToLong(l -> Long.parseLong(l.substring(key.length())))
          .findFirst();
    } catch (NoSuchFileException absent) {
      return OptionalLong.empty();
    } catch (IOException e) {
      if (Files.exists(file)) throw e;
      return OptionalLong.empty(); // it was removed meanwhile: ENODEV
    }
  }

  /** Kills what is in it, and removes it; for a container that its runtime does not know (any more). */
  static void clear(Path hierarchies, TaskId id, byte[] spec) throws IOException {
    for (Path folder : folders(hierarchies, id, spec)) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!removed(folder)) {
        if (System.nanoTime() > end) throw new UnavailableException("remove the cgroup " + folder + " of container " + id + ": process "
            + firstProcess(folder.resolve("cgroup.procs")) + " in it does not end; try again later");
        LockSupport.parkNanos(STEP_NANOS);
      }
    }
  }

  /** One attempt, from the innermost outwards. */
  private static boolean removed(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return true;
    List<Path> within;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, Files::isDirectory)) {
      within = new ArrayList<>();
      for (Path each : all) within.add(each);
    }
    boolean empty = true;
    for (Path each : within) empty &= removed(each);
    for (String pid : processes(folder.resolve("cgroup.procs"))) kill(Integer.parseInt(pid));
    try {
      if (empty) Files.deleteIfExists(folder);
      return empty;
    } catch (FileSystemException busy) {
      return false; // a process in it has not ended yet
    }
  }

  private static void kill(int pid) throws IOException {
    try (Pidfd process = Pidfd.open(pid)) {
      process.signal(9);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESRCH) throw e;
    }
  }

  /** The cgroup itself where there is one hierarchy (v2), and below each where there are several; none where runc or systemd choose. */
  private static List<Path> folders(Path hierarchies, TaskId id, byte[] spec) throws IOException {
    JsonObject document = Json.object(spec, "spec of container " + id);
    String given = document.has("linux") ? document.object("linux").findText("cgroupsPath").orElse("") : "";
    String path = given.replaceFirst("^/+", "");
    if (!given.startsWith("/") || path.isEmpty() || given.contains("..")) return List.of(); // a strange one is runc's to refuse
    List<Path> found = new ArrayList<>(List.of(hierarchies.resolve(path)));
    if (Files.exists(hierarchies.resolve("cgroup.controllers"))) return found;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(hierarchies, Files::isDirectory)) {
      for (Path hierarchy : all) found.add(hierarchy.resolve(path));
    } catch (NoSuchFileException none) {
      return found; // no cgroups on this machine
    }
    return found;
  }

  private static String firstProcess(Path procs) throws IOException {
    return processes(procs).stream().findFirst().orElse("");
  }

  private static List<String> processes(Path procs) throws IOException {
    try {
      return Files.readAllLines(procs);
    } catch (NoSuchFileException absent) {
      return List.of();
    }
  }
}
