package io.gantry.remote;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.spi.runtime.Stdio;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The named pipes of a process, in a folder that nobody else may look into. Their names go as soon as the keeper of the process has opened
 * them ({@link #opened}), so that nothing is left however we end.
 */
final class Pipes implements Closeable {
  private static final String IN = "stdin";
  private static final String OUT = "stdout";
  private static final String ERR = "stderr";
  private final Stdio stdio;
  /** Ours, to be removed; empty where somebody else made them. */
  private final Optional<Path> dir;
  private final Pipe out;
  private final Optional<Pipe> err;
  private final Optional<FileChannel> in;

  /** Where one cannot be opened, those before it are closed. */
  Pipes(Stdio stdio, Optional<Path> dir) throws IOException {
    this.stdio = stdio;
    this.dir = dir;
    var opened = new ArrayDeque<Pipe>();
    try {
      this.out = open(stdio.stdout(), opened);
      this.err = stdio.stderr().isEmpty() ? Optional.empty() : Optional.of(open(stdio.stderr(), opened));
      this.in = stdio.stdin().isEmpty() ? Optional.empty()
          : Optional.of(FileChannel.open(Path.of(stdio.stdin()), StandardOpenOption.READ, StandardOpenOption.WRITE));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      for (Pipe p : opened) abandon(p, e);
      throw e;
    }
  }

  private Pipe open(String path, Deque<Pipe> opened) throws IOException {
    var pipe = new Pipe(Path.of(path), dir.isEmpty());
    opened.push(pipe);
    return pipe;
  }

  private static void abandon(Pipe pipe, Throwable why) {
    try {
      pipe.close();
      pipe.ended();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /**
   * Opens those of a process that another client made, and left.
   *
   * @throws NotFoundException one is gone
   * @throws UnsupportedException its output goes somewhere else
   */
  static Pipes join(String container, Stdio stdio) throws IOException {
    if (stdio.stdout().isEmpty()) throw new UnsupportedException("the output of container '" + container + "' goes nowhere");
    var paths = new Stdio(path(stdio.stdin()), path(stdio.stdout()), path(stdio.stderr()), stdio.terminal());
    for (String name : List.of(paths.stdout(), paths.stderr(), paths.stdin())) {
      if (name.isEmpty()) continue;
      if (!name.startsWith("/")) {
        throw new UnsupportedException("the output of container '" + container + "' goes to '" + name
            + "', which is no pipe that a client could"
            + " read; see ctr:logs on the manager itself");
      }
      if (!Files.exists(Path.of(name))) {
        throw new NotFoundException("the pipe " + name + " of container '" + container + "' is gone: whoever made it has removed its name");
      }
      if (!Files.readAttributes(Path.of(name), BasicFileAttributes.class).isOther()) {
        throw new UnsupportedException("'" + name + "', where container '" + container + "' writes to, is no pipe");
      }
    }
    return new Pipes(paths, Optional.empty());
  }

  private static String path(String uri) throws UnsupportedException {
    if (!uri.startsWith("fifo:")) return uri;
    try {
      return Path.of(URI.create(uri).getPath()).toString();
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new UnsupportedException("'" + uri + "' is no pipe", e);
    }
  }

  /**
   * Makes and opens them.
   *
   * @param base a folder that only this user may write to, or whose files only their owners may remove
   */
  static Pipes make(Path base, boolean terminal, boolean stdin) throws IOException {
    Path dir = Files.createDirectory(base.resolve("gantry-fifo-" + UUID.randomUUID()),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      var names = new ArrayList<String>(List.of(OUT));
      if (!terminal) names.add(ERR);
      if (stdin) names.add(IN);
      mkfifo(dir, names);
      return new Pipes(new Stdio(stdin ? dir.resolve(IN).toString() : "", dir.resolve(OUT).toString(), terminal ? "" : dir.resolve(ERR)
          .toString(), terminal), Optional.of(dir));
    } catch (IOException | RuntimeException e) {
      remove(dir);
      throw e;
    }
  }

  /** By the program: the JDK has no call for it. */
  private static void mkfifo(Path dir, List<String> names) throws IOException {
    var command = new ArrayList<>(List.of("mkfifo", "-m", "600"));
    names.forEach(n -> command.add(dir.resolve(n).toString()));
    Process p;
    try {
      p = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UnsupportedException("the streams of a process need named pipes, and the program mkfifo is not there: " + e.getMessage(),
          e);
    }
    p.getOutputStream().close();
    try (InputStream said = p.getInputStream()) {
      String text = new String(said.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (p.waitFor() != 0) throw new IOException("making named pipes in " + dir + ": " + text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted while making named pipes in " + dir);
    }
  }

  private static void remove(Path dir) throws IOException {
    for (String name : List.of(IN, OUT, ERR)) Files.deleteIfExists(dir.resolve(name));
    Files.deleteIfExists(dir);
  }

  /** Paths, as containerd takes them for pipes. */
  Stdio stdio() {
    return stdio;
  }

  /** The other side has all of them open: their names are needed no more. */
  void opened() throws IOException {
    if (dir.isPresent()) remove(dir.get());
  }

  InputStream out() {
    return out;
  }

  InputStream err() {
    return err.isPresent() ? err.get() : InputStream.nullInputStream();
  }

  /** What the process reads, and what is done at the end of it. */
  OutputStream in(Closeable end) {
    return in.isEmpty() ? OutputStream.nullOutputStream() : new PipeInput(in.get(), end);
  }

  /** Nobody reads; what is written goes nowhere, and the process goes on. */
  void discard() throws IOException {
    try (out) {
      if (err.isPresent()) err.get().close();
    }
  }

  /** The process has ended: what it wrote is still read. */
  void ended() throws IOException {
    out.ended();
    if (err.isPresent()) err.get().ended();
    if (in.isPresent()) in.get().close(); // a write into it would wait for ever
    opened();
  }

  @Override
  public void close() throws IOException {
    discard();
    ended();
  }
}
