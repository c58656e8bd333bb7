package io.gantry.remote;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The writing end of what a process reads; closing it is the end of that. What a virtual thread writes a thread of the platform writes for
 * it: the JDK does not wake a virtual one that waits for room in the pipe, so that closing the channel would wait for it for ever.
 */
final class PipeInput extends OutputStream {
  /** An open that takes longer waits for a reader. */
  private static final long OPEN_MILLIS = 1000;
  private final FileChannel channel;
  private final Closeable end;

  /** @param end what is done when it is closed, and not only let go of */
  PipeInput(FileChannel channel, Closeable end) {
    this.channel = channel;
    this.end = end;
  }

  /** Of a pipe that others made; empty where nobody reads it (any more): to open that for writing would wait for somebody. */
  static Optional<PipeInput> join(Path path, Closeable end) throws IOException {
    var opening = new FutureTask<>(() -> FileChannel.open(path, StandardOpenOption.WRITE));
    Thread.ofPlatform().daemon().name("pipe-open").start(opening);
    try {
      return Optional.of(new PipeInput(opening.get(OPEN_MILLIS, TimeUnit.MILLISECONDS), end));
    } catch (TimeoutException e) {
      giveUp(path, opening);
      return Optional.empty();
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      giveUp(path, opening);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("opening a container's input was interrupted");
    }
  }

  /** An open that waits goes on as soon as somebody reads: we do, for a moment. */
  private static void giveUp(Path path, FutureTask<FileChannel> opening) throws IOException {
    try (var reader = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      opening.get().close();
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("opening a container's input was interrupted");
    }
  }

  private static IOException failed(ExecutionException e) {
    return e.getCause() instanceof IOException io ? io : new IOException("a container's input", e.getCause());
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
    Thread.ofPlatform().daemon().name("pipe-stdin").start(writing);
    try {
      writing.get();
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      leave(); // how much was written is not known, as of any channel whose thread is interrupted
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("writing a container's input was interrupted");
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
    end.close();
  }
}
