package io.gantry.runtime.shim;

import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Clears up what is left of a container. All of it may be done again, and by several at once. */
final class Remains {
  /** How a container ended whose shim did not live to tell; its processes are killed then. */
  static final int LOST = 128 + 9;

  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private final ShimCommand command;

  Remains(ShimCommand command) {
    this.command = command;
  }

  /** After the shim died: kills the container's processes, takes its mounts and cgroup away, and notes the end. The folder stays. */
  void settle(TaskFolder folder, ShimAddress address) throws IOException {
    if (folder.exit().isPresent()) return;
    command.delete(folder);
    folder.unmountAll();
    unlink(address.socket());
    folder.exit(new Exit(LOST, Instant.now()));
  }

  /** After the shim was told to end: waits for it, and removes what is ours. */
  void tidy(TaskFolder folder, TaskFolder.Note note) throws IOException {
    note.keeper().end(PATIENCE);
    folder.unmountAll();
    unlink(note.address().socket());
    folder.remove();
  }

  /** All of a container that was never whole, or whose removal was cut off. */
  void clear(TaskFolder folder) throws IOException {
    Optional<TaskFolder.Note> note = folder.note();
    Optional<Keeper> keeper = note.isPresent() ? Optional.of(note.get().keeper()) : search(folder);
    if (keeper.isPresent()) keeper.get().end(Duration.ZERO);
    try {
      command.delete(folder);
    } catch (IOException e) {
      // a shim notes the runtime in the bundle before it makes anything, and cannot delete without the note
      if (noted(folder.dir().resolve("runtime"))) throw e;
    }
    folder.unmountAll();
    Optional<byte[]> spec = folder.spec();
    if (spec.isPresent()) Cgroup.clear(Shim.HIERARCHIES, folder.id(), spec.get());
    Path address = folder.dir().resolve("address"); // written by the shim's start
    if (note.isPresent()) unlink(note.get().address().socket());
    else if (noted(address)) unlink(ShimAddress.parse(Files.readString(address)).socket());
    folder.remove();
  }

  /** A file for which there was no room is empty. */
  private static boolean noted(Path file) throws IOException {
    return Files.exists(file) && Files.size(file) > 0;
  }

  /** The shim of a folder without a note: the process that was started with our arguments. */
  private Optional<Keeper> search(TaskFolder folder) throws IOException {
    List<String> identity = command.identity(folder);
    List<Path> processes;
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      processes = all.filter(p -> Character.isDigit(p.getFileName().toString().charAt(0))).toList();
    }
    for (Path p : processes) {
      if (Collections.indexOfSubList(arguments(p), identity) < 0) continue;
      return Optional.of(Keeper.of(Integer.parseInt(p.getFileName().toString())));
    }
    return Optional.empty();
  }

  private static List<String> arguments(Path process) throws IOException {
    try (var in = Files.newInputStream(process.resolve("cmdline"))) {
      return Arrays.asList(new String(in.readNBytes(1 << 16), java.nio.charset.StandardCharsets.UTF_8).split("\0"));
    } catch (NoSuchFileException e) {
      return List.of(); // it has ended meanwhile
    } catch (IOException e) {
      if (Files.exists(process)) throw e;
      return List.of(); // likewise: ESRCH
    }
  }

  /**
   * Removes a socket that a shim left, and the folders of sockets with the last one. A containerd's own state folder beside them means that
   * they are in use.
   */
  private static void unlink(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    Path folder = socket.getParent();
    try {
      if (!folder.equals(Path.of("/run/containerd/s")) || !alone(folder)) return;
      Files.deleteIfExists(folder);
      Files.deleteIfExists(folder.getParent());
    } catch (DirectoryNotEmptyException used) {
      return; // by another container
    }
  }

  private static boolean alone(Path folder) throws IOException {
    try (Stream<Path> beside = Files.list(folder.getParent())) {
      return beside.count() == 1;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
