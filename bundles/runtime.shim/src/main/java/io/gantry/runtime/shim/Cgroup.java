package io.gantry.runtime.shim;

import io.gantry.api.ConflictException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The cgroup that a container asks for. runc of 1.1 joins one that others are in with no more than a warning, and a signal to all
 * processes of the one container then goes to those of the other as well; two managers that run the same id would meet so.
 */
final class Cgroup {
  private static final int MAX_SPEC = 4 << 20;

  private Cgroup() {}

  /**
   * @param hierarchies where the kernel's are mounted: {@code /sys/fs/cgroup}
   * @throws ConflictException somebody is in it
   */
  static void requireFree(Path hierarchies, TaskId id, byte[] spec) throws IOException {
    JsonObject document = Json.object(spec, MAX_SPEC, "spec of container " + id);
    String path = document.has("linux") ? document.object("linux").findText("cgroupsPath").orElse("") : "";
    if (!path.startsWith("/") || path.contains("..")) return; // runc's own choice, or systemd's; a strange one is runc's to refuse
    for (Path folder : folders(hierarchies, path.substring(1))) {
      String first = firstProcess(folder.resolve("cgroup.procs"));
      if (first.isEmpty()) continue;
      throw new ConflictException("create container " + id + ": process " + first + " is in its cgroup " + folder
          + " already, expected it empty; another manager may run a container of that id: give another id");
    }
  }

  /** The cgroup itself where there is one hierarchy (v2), and below each where there are several. */
  private static List<Path> folders(Path hierarchies, String path) throws IOException {
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
    try (var lines = Files.newBufferedReader(procs)) {
      String first = lines.readLine();
      return first == null ? "" : first;
    } catch (NoSuchFileException absent) {
      return "";
    }
  }
}
