package io.gantry.spi.runtime;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Runs containers.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-1</b> The processes MUST NOT be children of the manager: they live on when it, or the driver, ends.
 * <li><b>T-2</b> A driver MUST NOT keep in memory what it needs to be right: a new instance, or another version, finds every container
 *     again by its id.
 * <li><b>T-3</b> No call waits for a process to end. Core watches the pid.
 * <li><b>T-4</b> {@code create} of an id that exists is AlreadyExistsException. A {@code create} that fails leaves nothing: no process,
 *     mount, cgroup or folder.
 * <li><b>T-5</b> {@code state} of an ended process MUST tell its code and time until {@code delete}, over restarts of driver and manager.
 *     Where its keeper died, so that nobody knows, the driver MUST end what is left of it and tell 137, as of any process that is killed.
 * <li><b>T-6</b> {@code delete} removes processes, mounts, cgroup and folders of a container that is stopped, or whose keeper died; a
 *     running one is ConflictException; an unknown one NotFoundException.
 * <li><b>T-7</b> A command that is not there is NotFoundException, one that cannot be executed DeniedException, by {@code create} or {@code
 *     start}; the message names the command.
 * </ul>
 */
@ConsumerType
public interface Runtime {
  /** The kind of these drivers. */
  String KIND = "runtime";

  void create(TaskSpec spec) throws IOException;

  /** Starts a created container or exec. */
  void start(TaskId id) throws IOException;

  /**
   * Sends a signal.
   *
   * @param signal its number
   * @param all to every process of the container
   * @throws io.gantry.api.ConflictException it is not running
   */
  void signal(TaskId id, int signal, boolean all) throws IOException;

  /** @throws io.gantry.api.NotFoundException the runtime has nothing of that id */
  TaskState state(TaskId id) throws IOException;

  /** Events after a sequence, oldest first; empty at once where there is none. */
  List<RuntimeEvent> events(long after, int max) throws IOException;

  /** Removes a stopped container or exec. */
  void delete(TaskId id) throws IOException;
}
