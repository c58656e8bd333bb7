package io.gantry.stage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The last resort: whatever a private folder still holds.
 *
 * @param folder with a name that nobody else has, so that a command line that names it is one of ours
 */
public record Sweep(Path folder) {
  private static final int ATTEMPTS = 5;

  /** Kills the processes that were started on the folder, detaches what is mounted beneath it, and deletes it. */
  public void all() throws IOException, InterruptedException {
    for (ProcessHandle p : processes()) {
      p.destroyForcibly();
      try {
        p.onExit().get(5, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
        throw new IOException("process " + p.pid() + " does not end", e);
      }
    }
    unmount();
    files();
  }

  /** Deletes the folder with all that is in it. What somebody still writes there is waited for, not long. */
  public void files() throws IOException, InterruptedException {
    for (int i = 1; Files.exists(folder); i++) {
      try {
        delete();
      } catch (IOException e) {
        if (i == ATTEMPTS) throw e;
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  private void delete() throws IOException {
    Files.walkFileTree(folder, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.deleteIfExists(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (e instanceof NoSuchFileException) return FileVisitResult.CONTINUE;
        throw e;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
        if (e != null) throw e;
        Files.deleteIfExists(dir);
        return FileVisitResult.CONTINUE;
      }
    });
  }

  private List<ProcessHandle> processes() throws IOException {
    var all = new ArrayList<ProcessHandle>();
    try (Stream<ProcessHandle> every = ProcessHandle.allProcesses()) {
      for (ProcessHandle p : every.toList()) if (p.pid() != ProcessHandle.current().pid() && names(p.pid())) all.add(p);
    }
    return all;
  }

  private boolean names(long pid) throws IOException {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
      return line.contains(folder + "/");
    } catch (IOException e) {
      if (ProcessHandle.of(pid).isPresent()) throw e;
      return false; // it ended meanwhile
    }
  }

  private void unmount() throws IOException, InterruptedException {
    List<String> mounts = mounts();
    Collections.reverse(mounts);
    for (String m : mounts) new ProcessBuilder("umount", "-l", m).inheritIO().start().waitFor();
  }

  /** What is mounted beneath the folder, in the order of mounting. */
  List<String> mounts() throws IOException {
    var all = new ArrayList<String>();
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
      String point = line.split(" ")[4];
      if (point.startsWith(folder + "/")) all.add(point);
    }
    return all;
  }
}
