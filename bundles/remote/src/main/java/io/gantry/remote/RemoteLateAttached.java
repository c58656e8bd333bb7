package io.gantry.remote;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Streams of a process that another client made: let go of, they are as they were, and so is the process. */
final class RemoteLateAttached implements Attached {
  private static final int KIND = 0170000;
  private static final int FIFO = 0010000;
  private final RemoteProcess process;
  private final Stdio stdio;
  private final InputStream out;
  private final InputStream err;
  private PipeInput in;
  private boolean closed;
  private boolean ended;

  private RemoteLateAttached(RemoteProcess process, Stdio stdio, InputStream out, InputStream err) {
    this.process = process;
    this.stdio = stdio;
    this.out = out;
    this.err = err;
  }

  /** Opens what a process writes to a file, from its end on. */
  @FunctionalInterface
  interface Log {
    InputStream open() throws IOException;
  }

  /** Whether one of them is a pipe, which only processes of its host open. */
  static boolean hasPipes(Stdio stdio) {
    return isPipe(stdio.stdin()) || isPipe(stdio.stdout()) || isPipe(stdio.stderr());
  }

  /**
   * Opens its output.
   *
   * @throws NotFoundException a pipe is gone
   * @throws UnsupportedException it goes to a file of a manager that reads none, or to a program, or what should be a pipe is none, or is
   *     named by no path
   */
  static RemoteLateAttached join(RemoteProcess process, Stdio stdio, Log log) throws IOException {
    boolean one = stdio.terminal() || stdio.stderr().equals(stdio.stdout());
    InputStream out = stdio.stdout().startsWith("file:") ? read(process, stdio, log) : open(process, "stdout", stdio.stdout());
    try {
      InputStream err = one ? InputStream.nullInputStream() : open(process, "stderr", stdio.stderr());
      var joined = new RemoteLateAttached(process, stdio, out, err);
      process.started(() -> { }, joined::ended);
      return joined;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (out instanceof Pipe p) p.abandon(e);
      else out.close();
      throw e;
    }
  }

  private static InputStream read(RemoteProcess process, Stdio stdio, Log log) throws IOException {
    try {
      return log.open();
    } catch (UnsupportedException e) {
      if (!Words.NO_SERVICE.in(e)) throw e;
      throw new UnsupportedException(process + " writes its stdout to " + stdio.stdout()
          + ", a file on its manager's host that this manager"
          + " does not read for others; look into it there", e);
    }
  }

  private static InputStream open(RemoteProcess process, String stream, String uri) throws IOException {
    if (uri.isEmpty()) return InputStream.nullInputStream();
    Optional<Path> fifo = path(process, stream, uri);
    if (fifo.isEmpty() && uri.startsWith("file:")) {
      throw new UnsupportedException(process + " writes its " + stream + " to " + uri + ", a file of its own on its manager's host, which"
          + " is not read from here; look into it there");
    }
    if (fifo.isEmpty()) {
      throw new UnsupportedException(process + " passes its " + stream + " on to a program, " + uri
          + ", which alone has it; see what that keeps");
    }
    try {
      requirePipe(fifo.get());
      return new Pipe(fifo.get(), true);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("the FIFO " + fifo.get() + " is gone: whoever made it removed it, and nobody can read it", e);
    }
  }

  /** As clients of containerd name a FIFO, or as a Gantry does. */
  private static boolean isPipe(String uri) {
    return uri.startsWith("/") || uri.startsWith("fifo:");
  }

  /** Of a FIFO; what the other side says may be anything. @throws UnsupportedException it should be one, and is no path */
  private static Optional<Path> path(Object process, String stream, String uri) throws UnsupportedException {
    if (!isPipe(uri)) return Optional.empty();
    try {
      return Optional.of(Path.of(uri.startsWith("/") ? uri : absolute(URI.create(uri))));
    } catch (IllegalArgumentException e) {
      throw new UnsupportedException(process + " has '" + uri + "' for its " + stream + ", as its manager says; that names no FIFO,"
          + " expected an absolute path or fifo:///PATH, so nobody can be attached to it", e);
    }
  }

  private static String absolute(URI uri) {
    if (uri.getPath() == null || !uri.getPath().startsWith("/")) throw new IllegalArgumentException(uri + " has no absolute path");
    return uri.getPath();
  }

  private static void requirePipe(Path path) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode");
    if ((mode & KIND) != FIFO) throw new UnsupportedException(path + " is no FIFO, and cannot be read or written as one");
  }

  @Override
  public synchronized OutputStream stdin() throws IOException {
    if (closed) throw new IOException("the streams of " + process + " were let go of");
    Optional<Path> fifo = path(process, "stdin", stdio.stdin());
    if (fifo.isEmpty()) throw new UnsupportedException(process + " has no standard input that could be written: it was made without");
    if (in == null) in = input(fifo.get());
    return in;
  }

  private PipeInput input(Path fifo) throws IOException {
    if (ended) throw noInput();
    try {
      requirePipe(fifo);
      return PipeInput.join(fifo, process::endInput).orElseThrow(this::noInput);
    } catch (NoSuchFileException e) {
      throw new UnsupportedException("the input of " + process + " is gone: whoever made the FIFO " + fifo + " removed it", e);
    }
  }

  private UnsupportedException noInput() {
    return new UnsupportedException(process + " takes no input any more: that was ended");
  }

  @Override
  public InputStream stdout() {
    return out;
  }

  @Override
  public InputStream stderr() {
    return err;
  }

  @Override
  public void resize(int columns, int rows) throws IOException {
    process.resize(columns, rows);
  }

  @Override
  public void signal(int number) throws IOException {
    process.signal(number);
  }

  @Override
  public Exit await() throws IOException {
    return process.await();
  }

  /** It has ended, or its end is not waited for any more: what it wrote is still read. */
  private synchronized void ended() throws IOException {
    ended = true;
    try {
      if (out instanceof Pipe p) p.ended();
      if (err instanceof Pipe p) p.ended();
    } finally {
      if (in != null) in.leave(); // a write into it would wait for ever
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    try (out; err) {
      process.left();
    } finally {
      ended();
    }
  }
}
