package io.gantry.tasks;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Open;
import io.gantry.spi.runtime.TaskId;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The writing end of a process' standard input; its close is the end of the input for the process, but for a terminal's. What a virtual
 * thread writes a thread of the platform writes for it: the JDK does not wake a virtual one that waits for room in the pipe, so that
 * closing the channel would wait for it for ever.
 */
final class FifoInput extends OutputStream {
  private final FileChannel channel;
  private final RuntimeDriver runtime;
  private final TaskId id;
  private final boolean terminal;

  FifoInput(Path path, RuntimeDriver runtime, TaskId id, boolean terminal) throws IOException {
    this.channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE); // both: to open the one would wait
    this.runtime = runtime;
    this.id = id;
    this.terminal = terminal;
  }

  /** Of a pipe that others made. @throws UnsupportedException nobody reads it any more, or it is gone */
  static FifoInput join(Path path, RuntimeDriver runtime, TaskId id, boolean terminal) throws IOException {
    try (Fd reader = Fd.open(path, Open.WRONLY | Open.NONBLOCK, 0)) {
      FifoOutput.requirePipe(path, reader);
      return new FifoInput(path, runtime, id, terminal);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENXIO) throw new UnsupportedException(id + " takes no input any more: that was ended", e);
      if (e.errno() == Errno.ENOENT) {
        throw new UnsupportedException("the input of " + id + " is gone: whoever made the FIFO " + path + " removed it", e);
      }
      throw e;
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(bytes, offset, length);
    if (Thread.currentThread().isVirtual()) elsewhere(all);
    else here(all);
  }

  private void here(ByteBuffer all) throws IOException {
    while (all.hasRemaining()) channel.write(all);
  }

  private void elsewhere(ByteBuffer all) throws IOException {
    var writing = new FutureTask<Void>(() -> {
      here(all);
      return null;
    });
    Thread.ofPlatform().daemon().name("fifo-stdin").start(writing);
    try {
      writing.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failed ? failed : new IOException("writing the input of " + id, e.getCause());
    } catch (InterruptedException e) {
      leave(); // how much was written is not known, as of any channel whose thread is interrupted
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("writing the input of " + id + " was interrupted");
    }
  }

  /** Ends a write that waits too; the process' input is as it was. */
  void leave() throws IOException {
    channel.close();
  }

  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) return;
    channel.close();
    if (terminal) return; // it would be closed for output, too
    try {
      runtime.closeInput(id);
    } catch (NotFoundException | ConflictException e) {
      return; // it ended before its input did
    }
  }
}
