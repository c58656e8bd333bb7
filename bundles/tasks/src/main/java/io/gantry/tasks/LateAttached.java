package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;

/** Streams of a process that somebody else made: let go of, they are as they were, and so is the process. */
final class LateAttached implements Attached {
  private final RuntimeDriver runtime;
  private final TaskId id;
  private final Live live;
  private final Stdio stdio;
  private final InputStream out;
  private final InputStream err;
  private FifoInput in;
  private boolean closed;

  LateAttached(RuntimeDriver runtime, TaskId id, Live live, Stdio stdio, InputStream out, InputStream err) {
    this.runtime = runtime;
    this.id = id;
    this.live = live;
    this.stdio = stdio;
    this.out = out;
    this.err = err;
  }

  @Override
  public synchronized OutputStream stdin() throws IOException {
    if (closed) throw new IOException("the streams of " + id + " were let go of");
    if (!stdio.stdin().startsWith("fifo://")) {
      throw new UnsupportedException(id + " has no standard input that could be written: it was made without");
    }
    if (in == null) in = FifoInput.join(Attachments.path(stdio.stdin()), runtime, id, stdio.terminal());
    return in;
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
    if (stdio.terminal()) runtime.resize(id, columns, rows);
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
  public synchronized void close() throws IOException {
    closed = true;
    try (out; err) {
      if (in != null) in.leave();
    }
  }
}
