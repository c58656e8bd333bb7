package io.gantry.tasks;

import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The named pipes of one attached process, in a folder of their own. */
final class Fifos implements AutoCloseable {
  /** No id has this character. */
  private static final String BETWEEN = "+";

  private final Path dir;
  private final boolean terminal;
  private final boolean stdin;

  private Fifos(Path dir, boolean terminal, boolean stdin) {
    this.dir = dir;
    this.terminal = terminal;
    this.stdin = stdin;
  }

  private static Path dir(Path parent, TaskId id) {
    return parent.resolve(id.namespace() + BETWEEN + id.container() + (id.exec().isEmpty() ? "" : BETWEEN + id.exec()));
  }

  /** Further processes of a container that have pipes. */
  static List<TaskId> execs(Path parent, TaskId container) throws IOException {
    String prefix = dir(parent, container).getFileName() + BETWEEN;
    var ids = new ArrayList<TaskId>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, p -> p.getFileName().toString().startsWith(prefix))) {
      for (Path p : all) ids.add(container.withExec(p.getFileName().toString().substring(prefix.length())));
    } catch (NoSuchFileException e) {
      return List.of(); // nothing was ever attached
    }
    return ids;
  }

  /** What an earlier manager left of a container that is removed. */
  static void removeAll(Path parent, TaskId container) throws IOException {
    remove(dir(parent, container));
    for (TaskId exec : execs(parent, container)) remove(dir(parent, exec));
  }

  /** Those that an earlier manager made; their process still runs. */
  static Optional<Fifos> find(Path parent, TaskId id) {
    Path dir = dir(parent, id);
    if (!Files.exists(dir.resolve("stdout"))) return Optional.empty();
    return Optional.of(new Fifos(dir, !Files.exists(dir.resolve("stderr")), Files.exists(dir.resolve("stdin"))));
  }

  static Fifos make(Path parent, TaskId id, boolean terminal, boolean stdin) throws IOException {
    Path dir = dir(parent, id);
    remove(dir);
    Files.createDirectories(dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (Fd fd = Fd.open(dir)) {
      if (stdin) fd.mkfifo(Names.of("stdin"), 0600);
      fd.mkfifo(Names.of("stdout"), 0600);
      if (!terminal) fd.mkfifo(Names.of("stderr"), 0600);
    }
    return new Fifos(dir, terminal, stdin);
  }

  boolean terminal() {
    return terminal;
  }

  boolean stdin() {
    return stdin;
  }

  Stdio stdio() {
    return new Stdio(stdin ? uri("stdin") : "", uri("stdout"), terminal ? "" : uri("stderr"), terminal);
  }

  private String uri(String name) {
    return "fifo://" + path(name).toUri().getRawPath();
  }

  Path path(String name) {
    return dir.resolve(name);
  }

  @Override
  public void close() throws IOException {
    remove(dir);
  }

  private static void remove(Path dir) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path f : files) Files.deleteIfExists(f);
    } catch (NoSuchFileException e) {
      return; // never made, or removed by another
    }
    Files.deleteIfExists(dir);
  }
}
