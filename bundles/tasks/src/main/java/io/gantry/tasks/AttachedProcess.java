package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;

/** A process with its pipes, which go when it ends; who lets go of it before that leaves them to be emptied. */
final class AttachedProcess implements Attached {
  private final RuntimeDriver runtime;
  private final TaskId id;
  private final Fifos fifos;
  private final FifoOutput out;
  private final FifoOutput err;
  private final OutputStream in;
  private Live live;
  private boolean closed;

  /** Opens something that gets what a stream writes; each stream has one of its own, since they end at different times. */
  @FunctionalInterface
  interface Copy {
    OutputStream open() throws IOException;
  }

  /** Opens the reading ends; nothing runs yet. Where one cannot be opened, those before it are closed. */
  AttachedProcess(RuntimeDriver runtime, TaskId id, Fifos fifos, Copy copy) throws IOException {
    this.runtime = runtime;
    this.id = id;
    this.fifos = fifos;
    var undo = new Undo();
    try {
      this.out = new FifoOutput(fifos.path("stdout"), copy.open());
      undo.push(() -> abandon(out));
      this.err = fifos.terminal() ? null : new FifoOutput(fifos.path("stderr"), copy.open());
      if (err != null) undo.push(() -> abandon(err));
      this.in = fifos.stdin() ? new FifoInput(fifos.path("stdin"), runtime, id, fifos.terminal())
          : OutputStream.nullOutputStream();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      undo.all(e);
      throw e;
    }
  }

  private static void abandon(FifoOutput output) throws IOException {
    output.close();
    output.ended();
  }

  void started(Live process) {
    live = process;
  }

  /** Nobody is attached: what it writes goes to the copy alone, so that it does not stand still. Its input stays open. */
  void discard() throws IOException {
    try (out) {
      if (err != null) err.close();
    }
  }

  /** Called when it has ended: what is in the pipes is still read, and their names go. */
  void ended() throws IOException {
    out.ended();
    if (err != null) err.ended();
    try {
      if (in instanceof FifoInput i) i.leave(); // a write into it would wait for ever
    } finally {
      fifos.close();
    }
  }

  @Override
  public OutputStream stdin() {
    return in;
  }

  @Override
  public InputStream stdout() {
    return out;
  }

  @Override
  public InputStream stderr() {
    return err == null ? InputStream.nullInputStream() : err;
  }

  @Override
  public void resize(int columns, int rows) throws IOException {
    runtime.resize(id, columns, rows);
  }

  @Override
  public void signal(int number) throws IOException {
    try {
      runtime.signal(id, number, false);
    } catch (NotFoundException e) {
      throw new ConflictException(id + " has ended", e);
    }
  }

  @Override
  public Exit await() throws IOException {
    return live.await(id.toString(), Instant.MAX);
  }

  @Override
  public void close() throws IOException {
    if (closed) return;
    closed = true;
    try (in) {
      discard();
    } finally {
      if (live == null) ended(); // it was never started
    }
  }
}
