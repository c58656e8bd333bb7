package io.gantry.service.task;

import io.gantry.api.Scope;
import io.gantry.api.TerminalSize;
import io.gantry.api.Typed;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The life of processes step by step, for clients that made a container's record and its file system themselves, and see to both. What is
 * made by {@link Tasks} is seen here too, and the other way round; {@link Tasks#delete} removes either.
 *
 * <h2>Life, in order</h2>
 * {@code create → start → (add → start → … → delete)* → the process ends → delete}. All of it is found again after the manager was killed.
 * What ended stays, with its exit, until it is deleted. Events come in the order {@code create < start < exit < delete}, those of one that
 * was added as {@code exec-added < exec-started < exit < delete}.
 *
 * <h2>Streams</h2>
 * Each of a {@link Stdio} is the client's: an absolute path, which may have any characters, or a URI {@code fifo:}, {@code file:} or
 * {@code binary:}. The runtime's keeper opens it; nobody here opens, makes or removes it (but for {@code file:}, which the keeper makes).
 * The output of a first process may also be {@link #LOG}, the manager's own log of its container. What an earlier process of the container
 * wrote there stays before it; the log goes with the record. {@link TaskProcess#stdio} tells the file that it is, as {@code file:}.
 *
 * <h2>Errors of all</h2>
 * {@link io.gantry.api.NotFoundException} where there is no such container, task or process, {@link io.gantry.api.InvalidException} where
 * an id is none, {@link io.gantry.api.UnavailableException} where the runtime is away, or the scope's deadline passed, {@link
 * io.gantry.api.UnsupportedException} where the runtime cannot do it.
 */
@ProviderType
public interface TaskProcesses {
  /**
   * Says {@code stdout} or {@code stderr} of a first process: the log of its container, which {@link Tasks#logs} reads. No URI of a file.
   */
  String LOG = "gantry:log";

  /** Streams of a first process that reads nothing and whose output goes to its {@link #LOG}. */
  static Stdio logged(boolean terminal) {
    return new Stdio("", LOG, terminal ? "" : LOG, terminal);
  }

  /**
   * Makes the first process of a container, which does not run yet. A call that is given up takes back what it made. Durable.
   *
   * @return its pid; 0 where the runtime makes it with its start
   * @throws io.gantry.api.AlreadyExistsException the container has a task
   * @throws io.gantry.api.InvalidException a stream, the options, or the record are not what they should be
   * @throws io.gantry.api.NotFoundException there is no such container, or no such runtime as its record names
   * @throws CommandException the command is not there, or cannot be executed
   */
  long create(Scope scope, TaskRequest request) throws IOException;

  /**
   * Adds a process to a task, to be started. Durable.
   *
   * @param process the {@code process} part of an OCI runtime document, as JSON bytes
   * @throws io.gantry.api.AlreadyExistsException the task has a process of that id, in whatever state
   * @throws io.gantry.api.ConflictException the task does not run (any more)
   * @throws CommandException the command is not there, or cannot be executed
   */
  void add(Scope scope, ProcessRef ref, Typed process, Stdio stdio) throws IOException;

  /**
   * Starts what was created or added. Goes on to its end once it began, whatever becomes of the caller.
   *
   * @return its pid
   * @throws io.gantry.api.ConflictException it was started before
   * @throws CommandException the command is not there, or cannot be executed; it is as it was, and can be deleted
   */
  long start(Scope scope, ProcessRef ref) throws IOException;

  /** How it is. */
  TaskProcess get(Scope scope, ProcessRef ref) throws IOException;

  /** A page of first processes, in order of id; one whose runtime is away is UNKNOWN. */
  List<TaskProcess> listTasks(Scope scope, String after, int max) throws IOException;

  /**
   * Blocks until a process has ended, also one that is not started yet; answers at once where it has. Many may wait for one. Interruption
   * or the scope's deadline ends the waiting; so does the deletion of what was never started, with 137.
   */
  Exit await(Scope scope, ProcessRef ref) throws IOException;

  /** @throws io.gantry.api.NotFoundException also where it has ended: {@code process already finished} */
  void kill(Scope scope, ProcessRef ref, int signal) throws IOException;

  /** The same to all processes of a container. */
  void killAll(Scope scope, String container, int signal) throws IOException;

  /**
   * Removes a process that has ended or was never started; with the first all others of the task. The record, its snapshot and the files of
   * its streams stay. All that it wrote has reached its streams when this answers.
   *
   * @return how it was; the exit is empty where it was never started
   * @throws io.gantry.api.ConflictException it runs, or is paused
   */
  TaskProcess delete(Scope scope, ProcessRef ref) throws IOException;

  /**
   * Throws the log of a container away, for who is about to remove its record by other means than {@link Tasks#delete}. What is not there
   * does not matter.
   */
  void removeLog(Scope scope, String container) throws IOException;

  /** Changes nothing where it has no terminal. @throws io.gantry.api.ConflictException it has ended */
  void resize(Scope scope, ProcessRef ref, TerminalSize size) throws IOException;

  /** Says that no other writer of its input will come. @throws io.gantry.api.ConflictException it has ended */
  void closeInput(Scope scope, ProcessRef ref) throws IOException;

  /** @throws io.gantry.api.ConflictException it does not run, or is paused */
  void pause(Scope scope, String container) throws IOException;

  /** @throws io.gantry.api.ConflictException it is not paused */
  void resume(Scope scope, String container) throws IOException;

  /** All processes of a container at this moment; empty where it has ended. */
  List<TaskPid> pids(Scope scope, String container) throws IOException;

  /**
   * Changes what a container may use.
   *
   * @param resources the {@code linux.resources} part of an OCI runtime document, as JSON bytes
   * @throws io.gantry.api.ConflictException it has ended
   * @throws io.gantry.api.InvalidException it is no such document, or the kernel refuses a value
   */
  void update(Scope scope, String container, Typed resources) throws IOException;

  /**
   * What a container uses, as its runtime tells it; of one that has ended and is not deleted, what is left of it.
   *
   * @throws io.gantry.api.ConflictException it has ended, and its runtime tells nothing of it any more
   */
  Typed stats(Scope scope, String container) throws IOException;

  /** @throws io.gantry.api.UnsupportedException always: no runtime of ours freezes processes to disk, which needs CRIU */
  void checkpoint(Scope scope, String container) throws IOException;
}
