package io.gantry.service.task;

import io.gantry.api.Scope;
import io.gantry.spi.runtime.TaskState.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Runs containers. All of it is found again after the manager was killed, exits of the meantime included. Events of a task come in the
 * order {@code /tasks/create < start < exit < delete}.
 *
 * <p>The deadline of a scope is for the call. What it made is not bound by it: neither how long it runs, nor what an {@link Attached} does.
 */
@ProviderType
public interface Tasks {
  /**
   * Makes and starts a container that nobody is attached to; both its streams go to its log.
   *
   * @throws io.gantry.api.AlreadyExistsException the id is taken
   * @throws io.gantry.api.InvalidException a part of the request is not what it should be, such as a bind mount's relative source
   * @throws io.gantry.api.NotFoundException no such image, driver or user, or nothing at the source of a bind mount
   * @throws CommandException the command is not there, or cannot be executed
   */
  TaskInfo run(Scope scope, RunRequest request) throws IOException;

  /**
   * Makes a container of an image, and nothing runs yet: its record and its file system. {@link #start} starts it; what the request says of
   * streams and of its removal does not matter.
   *
   * @throws io.gantry.api.AlreadyExistsException the id is taken
   * @throws io.gantry.api.InvalidException as {@link #run}
   * @throws io.gantry.api.NotFoundException as {@link #run}
   */
  TaskInfo create(Scope scope, RunRequest request) throws IOException;

  /**
   * Starts a container that does not run, whoever made it: one whose process has ended begins anew, with the files as it left them, and its
   * exit is forgotten. It reads nothing, and what it writes goes to its log; a process that {@link TaskProcesses#create} made before has
   * the streams that it was made with.
   *
   * @throws io.gantry.api.ConflictException it runs or is paused, or that cannot be told at the moment
   * @throws io.gantry.api.NotFoundException there is no such container, or its file system is gone
   * @throws CommandException the command is not there, or cannot be executed
   */
  TaskInfo start(Scope scope, String id) throws IOException;

  /** The same as {@link #run}, with its streams for the caller; what it writes goes to the log too. */
  Attached runAttached(Scope scope, RunRequest request) throws IOException;

  /**
   * The streams of a container's first process from now on, for a caller that did not make it; several may be attached at once.
   *
   * <p>Where its streams are FIFOs of a client (as {@code ctr run} makes them) these are read and written: what one who is attached reads
   * no other gets, and what was written while nobody was comes first, as far as a FIFO holds it. What {@link #run} and {@link #runAttached}
   * made, and all whose output goes to a file, is shown by what that file gets from now on: both its streams are {@link Attached#stdout}
   * then. {@link Attached#close} leaves the process, its input and its FIFOs as they are.
   *
   * <p>{@link Attached#stdin} throws {@link io.gantry.api.UnsupportedException} where it has no input that somebody could write, or that
   * was ended.
   *
   * @throws io.gantry.api.ConflictException it has no task, or its process has ended
   * @throws io.gantry.api.NotFoundException there is no such container; or a FIFO is gone, since whoever made it removed it
   * @throws io.gantry.api.UnsupportedException its output goes to a program ({@code binary:}); or what should be a FIFO or file is none
   * @throws io.gantry.api.UnavailableException the scope's deadline passed before it was known what an earlier manager left of it
   */
  Attached attach(Scope scope, String id) throws IOException;

  /**
   * Starts a process in a running container, with its streams for the caller.
   *
   * @throws io.gantry.api.ConflictException the container does not run (any more)
   * @throws io.gantry.api.NotFoundException there is no such container, or no such user in it
   * @throws CommandException the command is not there, or cannot be executed
   */
  Attached exec(Scope scope, ExecRequest request) throws IOException;

  /** How it is, or {@link TaskInfo#why} that cannot be told. @throws io.gantry.api.NotFoundException there is no such container */
  TaskInfo get(Scope scope, String id) throws IOException;

  /** A page in order of id; of each as {@link #get} tells. */
  List<TaskInfo> list(Scope scope, String after, int max) throws IOException;

  /**
   * Blocks until the first process has ended; where it has, what is written down of its end.
   *
   * @throws io.gantry.api.ConflictException it has no process that could be waited for
   * @throws io.gantry.api.NotFoundException there is no such container
   * @throws io.gantry.api.UnavailableException the scope's deadline passed, or this manager ends while the process goes on
   * @throws java.io.InterruptedIOException the thread was interrupted
   */
  Exit await(Scope scope, String id) throws IOException;

  /**
   * Sends a signal.
   *
   * @param signal its number on Linux, 1 to 64
   * @param all whether every process of the container gets it, not the first alone
   * @throws io.gantry.api.ConflictException it does not run (any more)
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  void kill(Scope scope, String id, int signal, boolean all) throws IOException;

  /**
   * Removes task, snapshot and record. What is gone already does not matter.
   *
   * @param force kills it first
   * @throws io.gantry.api.ConflictException it runs, and force is not given
   * @throws io.gantry.api.CorruptException what is written down of its task cannot be read, and force is not given
   * @throws io.gantry.api.UnavailableException its runtime is away longer than calls wait for a driver, so that it cannot be told whether
   *     it runs; nothing is removed, with force neither
   */
  void delete(Scope scope, String id, boolean force) throws IOException;

  /**
   * What it wrote, as far as that is in a file: its log, or the file that its client gave to its first process. Empty where there is none.
   * {@link InputStream#skip} leaves out what is there by then, and never waits.
   *
   * @param follow whether the stream waits for more until the process has ended
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  InputStream logs(Scope scope, String id, boolean follow) throws IOException;
}
