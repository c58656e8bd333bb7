package io.gantry.remote;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ProcessRef;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process of the other manager with its pipes, which are on this host. A thread waits for its end; a manager that is killed and started
 * meanwhile is waited for, since the process goes on beneath it.
 */
final class RemoteAttached implements Attached {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteAttached.class);
  /** How long a manager may be away. */
  private static final Duration AWAY = Duration.ofMinutes(2);
  /** A call that lasted so long was waiting for the end, and not for the manager. */
  private static final Duration ANSWERED = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** What is to be cleared away when it has ended. */
  @FunctionalInterface
  interface Farewell {
    void ended() throws IOException;
  }

  private final RemoteTaskProcesses processes;
  private final Scope scope;
  private final ProcessRef ref;
  private final Pipes pipes;
  private final OutputStream in;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean joined;
  private volatile Exit exit;
  private volatile IOException failure;

  RemoteAttached(RemoteTaskProcesses processes, Scope scope, ProcessRef ref, Pipes pipes) {
    this.processes = processes;
    this.scope = scope;
    this.ref = ref;
    this.pipes = pipes;
    this.in = pipes.in(this::closeInput);
  }

  /** It was another's before, and its input may be another's again: letting go of it ends nothing. */
  RemoteAttached joined() {
    joined = true;
    return started(() -> { });
  }

  /** It runs: from now on its end is waited for. */
  RemoteAttached started(Farewell farewell) {
    Thread.ofVirtual().name("remote-wait-" + ref.container()).start(() -> watch(farewell));
    return this;
  }

  private void watch(Farewell farewell) {
    try {
      exit = awaitEnd();
      farewell.ended();
    } catch (IOException e) {
      failure = e;
      if (exit != null) LOG.warn("{} has ended, and is not cleared away", ref, e);
    } finally {
      end();
    }
  }

  private void end() {
    try {
      pipes.ended();
    } catch (IOException e) {
      if (failure == null) failure = e;
      else failure.addSuppressed(e);
    }
    over.countDown();
  }

  private Exit awaitEnd() throws IOException {
    long lost = 0; // since when nobody answers
    while (true) {
      long asked = System.nanoTime();
      try {
        return processes.await(scope, ref);
      } catch (UnavailableException e) {
        long now = System.nanoTime();
        if (lost == 0 || now - asked > ANSWERED.toNanos()) lost = now;
        if (now - lost > AWAY.toNanos()) throw e;
      }
      Patience.pause(PAUSE);
    }
  }

  private void closeInput() throws IOException {
    if (joined || pipes.stdio().terminal()) return; // others may write; a terminal would be closed for output, too
    try {
      processes.closeInput(scope, ref);
    } catch (NotFoundException | ConflictException e) {
      return; // it ended before its input did
    }
  }

  @Override
  public OutputStream stdin() throws UnsupportedException {
    if (joined && pipes.stdio().stdin().isEmpty()) throw new UnsupportedException(ref + " has no input that somebody could write");
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
    processes.resize(scope, ref, new TerminalSize(columns, rows));
  }

  @Override
  public void signal(int number) throws IOException {
    try {
      processes.kill(scope, ref, number);
    } catch (NotFoundException e) {
      throw new ConflictException(ref + " has ended", e);
    }
  }

  @Override
  public Exit await() throws IOException {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for " + ref + " was interrupted");
    }
    if (exit == null) throw failure;
    return exit;
  }

  @Override
  public void close() throws IOException {
    pipes.discard();
    if (joined) pipes.close();
    else in.close();
  }
}
