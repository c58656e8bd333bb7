package io.gantry.remote;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.UnavailableException;
import io.gantry.service.task.ProcessRef;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process of the other manager that somebody here is attached to. A thread waits for its end; a manager that is killed and started
 * meanwhile is waited for, since the process goes on beneath it.
 */
final class RemoteProcess {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteProcess.class);
  /** How long a manager may be away. */
  static final Duration AWAY = Duration.ofMinutes(2);
  /** A call that lasted so long was waiting for the end, and not for the manager. */
  private static final Duration ANSWERED = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final RemoteTaskProcesses processes;
  private final Scope scope;
  private final ProcessRef ref;
  private final boolean terminal;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile Exit exit;
  private volatile IOException failure;
  private volatile Thread watcher;

  RemoteProcess(RemoteTaskProcesses processes, Scope scope, ProcessRef ref, boolean terminal) {
    this.processes = processes;
    this.scope = scope;
    this.ref = ref;
    this.terminal = terminal;
  }

  /**
   * From now on its end is waited for.
   *
   * @param farewell what is to be cleared away then; not where its end was not learnt
   * @param streams what ends with it, or with the wait for it
   */
  void started(Closeable farewell, Closeable streams) {
    watcher = Thread.ofVirtual().name("remote-wait-" + ref.container()).start(() -> watch(farewell, streams));
  }

  private void watch(Closeable farewell, Closeable streams) {
    try (streams) {
      exit = awaitEnd();
      farewell.close();
    } catch (IOException e) {
      failure = e;
      if (exit != null) LOG.warn("{} has ended, and is not cleared away", this, e);
    } catch (RuntimeException | Error e) { // else who waits for it would wait for ever
      failure = new IOException("waiting for the end of " + this + " failed", e);
      LOG.warn("the wait for the end of {} failed", this, e);
    } finally {
      over.countDown();
    }
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
        if (now - lost > AWAY.toNanos() || !processes.patience().pause(PAUSE)) throw e;
      }
    }
  }

  /** Nobody here waits for its end any more: the call that does is ended. */
  void left() {
    watcher.interrupt();
  }

  /** Blocks until it ends, and is cleared away; interruption ends the waiting. */
  Exit await() throws IOException {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for " + this + " was interrupted");
    }
    if (exit != null) return exit;
    if (failure instanceof InterruptedIOException) return awaitEnd(); // it was left: asked anew
    throw failure;
  }

  /** Changes nothing where it has no terminal. */
  void resize(int columns, int rows) throws IOException {
    if (terminal) processes.resize(scope, ref, new TerminalSize(columns, rows));
  }

  void signal(int number) throws IOException {
    try {
      processes.kill(scope, ref, number);
    } catch (NotFoundException e) {
      throw new ConflictException(this + " has ended", e);
    }
  }

  /** It reads an end; not of a terminal, which would be closed for output, too. */
  void endInput() throws IOException {
    if (terminal) return;
    try {
      processes.closeInput(scope, ref);
    } catch (NotFoundException | ConflictException e) {
      return; // it ended before its input did
    }
  }

  @Override
  public String toString() {
    TaskId id = TaskId.of(scope.namespace(), ref.container());
    return (ref.exec().isEmpty() ? id : id.withExec(ref.exec())).toString();
  }
}
