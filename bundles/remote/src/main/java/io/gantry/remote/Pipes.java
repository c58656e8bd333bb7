package io.gantry.remote;

import io.gantry.api.UnsupportedException;
import io.gantry.spi.runtime.Stdio;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
  private final Path dir;
  private final Pipe out;
  private final Optional<Pipe> err;
  private final Optional<FileChannel> in;

  /** Where one cannot be opened, those before it are closed. */
  Pipes(Stdio stdio, Path dir) throws IOException {
    this.stdio = stdio;
    this.dir = dir;
    var opened = new ArrayDeque<Pipe>();
    try {
      this.out = new Pipe(Path.of(stdio.stdout()), false);
      opened.push(out);
      this.err = stdio.stderr().isEmpty() ? Optional.empty() : Optional.of(new Pipe(Path.of(stdio.stderr()), false));
      err.ifPresent(opened::push);
      this.in = stdio.stdin().isEmpty() ? Optional.empty()
          : Optional.of(FileChannel.open(Path.of(stdio.stdin()), StandardOpenOption.READ, StandardOpenOption.WRITE));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      for (Pipe p : opened) p.abandon(e);
      throw e;
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
          .toString(), terminal), dir);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
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
    remove(dir);
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
