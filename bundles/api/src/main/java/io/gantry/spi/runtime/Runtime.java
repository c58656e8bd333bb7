package io.gantry.spi.runtime;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Runs containers. What every driver may rely on is said at {@link io.gantry.api.DriverContext}.
 *
 * <h2>Words</h2>
 * A <em>container</em> is named by a {@link TaskId} whose exec part is empty, which names its first process too. A <em>keeper</em> is what
 * waits for a process in the manager's stead, and knows how it ended: a shim, or whatever a driver has.
 *
 * <h2>Life, in order</h2>
 * {@code create → start → (signal, exec, pause …)* → the process ends → state → delete}, or {@code create → delete}. The driver owns what
 * it makes between {@code create} and {@code delete}: processes, mounts of the root file system, cgroup, its files. Core owns what it hands
 * in, the sources of mounts and the files and FIFOs of {@link Stdio}: they are there before {@code create}, and removed after {@code
 * delete}.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-1</b> The processes MUST NOT be children of the manager: they live on when it, or the driver, ends.
 * <li><b>T-2</b> A driver MUST NOT keep in memory what it needs to be right: a new instance, or another version, finds every container
 *     again by its id.
 * <li><b>T-3</b> A call MUST NOT wait for a process to end. Core watches the pid.
 * <li><b>T-4</b> {@code create} of an id that exists MUST be AlreadyExistsException. A {@code create} that fails MUST NOT leave anything:
 *     no process, mount, cgroup or folder.
 * <li><b>T-5</b> {@code state} of an ended process MUST tell its code and time until {@code delete}, over restarts of driver and manager.
 *     Where its keeper died, so that nobody knows, the driver MUST end what is left of it and tell 137, as of any process that is killed.
 * <li><b>T-6</b> {@code delete} MUST remove processes, mounts, cgroup and folders of a container that was never started, has ended, or
 *     whose keeper died; of a running one it MUST be ConflictException, of an unknown one NotFoundException.
 * <li><b>T-7</b> A command that is not there MUST be NotFoundException, one that cannot be executed DeniedException, by {@code create} or
 *     {@code start}; the message MUST name the command.
 * <li><b>T-8</b> {@code start} of what was started before, and {@code signal} to what has ended, MUST be ConflictException; every call
 *     for an id that the runtime does not have MUST be NotFoundException. Such a call MUST NOT change anything.
 * <li><b>T-16</b> The streams of {@link Stdio} MUST be the files that its URIs name once percent-decoded, whatever characters are in their
 *     paths.
 * <li><b>T-17</b> Calls for one id MUST be right side by side: where several remove it, one of them does, all of it is gone when any of
 *     them answers, and who comes too late gets NotFoundException.
 * <li><b>T-18</b> {@code start} MUST answer the pid of the process, also where that has ended since, so that whoever watches what happens
 *     can tell short ones apart; while it runs, {@code state} has the same.
 * </ul>
 * Rules of what a runtime may be besides stand at {@link Exec}, {@link Terminal}, {@link Pause}, {@link Processes}, {@link Limits}, {@link
 * Stats}, {@link OutOfMemory} and {@link Bundle}.
 *
 * <h2>Threads</h2> All calls come concurrently, for one id too (T-17): core looks at a container while a user removes it.
 *
 * <h2>Deadline</h2> Calls have none in their arguments. A driver bounds its waits for keeper and programs, and says
 * UnavailableException when they are over; {@code create} and {@code start} may take as long as mounts and hooks do, the others SHOULD
 * answer within a second.
 *
 * <h2>Durability</h2> What a driver writes down MUST survive a kill of the manager at any moment. It need not survive a crash of the host,
 * as no container does: its folder is {@link io.gantry.api.DriverContext#state}.
 */
@ConsumerType
public interface Runtime {
  /** The kind of these drivers. */
  String KIND = "runtime";

  /**
   * Makes a container: mounts its root file system, makes namespaces and cgroup, opens its streams. Its command does not run yet.
   *
   * @throws io.gantry.api.AlreadyExistsException there is a container of that id, in whatever state (T-4)
   * @throws io.gantry.api.NotFoundException its command is not there (T-7)
   * @throws io.gantry.api.DeniedException its command cannot be executed (T-7)
   * @throws io.gantry.api.ConflictException something that it asks for is in use by others, such as its cgroup
   * @throws io.gantry.api.InvalidException the document is refused, or cannot be carried out: nothing is at the source of a mount
   * @throws io.gantry.api.UnavailableException it was not made within the driver's own limit
   */
  void create(TaskSpec spec) throws IOException;

  /**
   * Starts the command of a container, or a process added by {@link Exec#exec}. When it answers, the process runs, or has ended already.
   *
   * @return its pid, as the manager sees it (T-18)
   * @throws io.gantry.api.NotFoundException there is no such process, or its command is not there (T-7)
   * @throws io.gantry.api.DeniedException its command cannot be executed (T-7)
   * @throws io.gantry.api.ConflictException it was started before (T-8)
   * @throws io.gantry.api.UnavailableException it was not started within the driver's own limit; {@code state} says whether it is later
   */
  long start(TaskId id) throws IOException;

  /**
   * Sends a signal; whether the process ends of it, {@code state} tells later (T-3).
   *
   * @param signal its number, 1 to 64
   * @param all to every process of the container, which {@code id} then names; else to the one process
   * @throws io.gantry.api.NotFoundException there is no such process
   * @throws io.gantry.api.ConflictException it has ended (T-8)
   */
  void signal(TaskId id, int signal, boolean all) throws IOException;

  /**
   * How a process is at this moment. Core asks for it often.
   *
   * @throws io.gantry.api.NotFoundException the runtime has nothing of that id, or no more
   * @throws io.gantry.api.UnavailableException its keeper lives and does not answer
   */
  TaskState state(TaskId id) throws IOException;

  /**
   * Removes a container that does not run, with all its processes, or a process added by {@link Exec#exec} (T-6). All that the process
   * wrote has reached its streams when this answers.
   *
   * @throws io.gantry.api.ConflictException it runs, or is paused
   * @throws io.gantry.api.NotFoundException there is nothing of that id, or no more
   */
  void delete(TaskId id) throws IOException;
}
