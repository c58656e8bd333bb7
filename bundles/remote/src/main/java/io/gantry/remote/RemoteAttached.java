package io.gantry.remote;

import io.gantry.service.task.Attached;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A process that was made here, with its pipes, which are on this host; who lets go of it leaves its output to be emptied. */
final class RemoteAttached implements Attached {
  private final RemoteProcess process;
  private final Pipes pipes;
  private final OutputStream in;

  RemoteAttached(RemoteProcess process, Pipes pipes) {
    this.process = process;
    this.pipes = pipes;
    this.in = pipes.in(process::endInput);
  }

  @Override
  public OutputStream stdin() {
    return in;
  }

  @Override
  public InputStream stdout() {
    return pipes.out();
  }

  @Override
  public InputStream stderr() {
    return pipes.err();
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

  @Override
  public void close() throws IOException {
    try (in) {
      pipes.discard();
    }
  }
}
