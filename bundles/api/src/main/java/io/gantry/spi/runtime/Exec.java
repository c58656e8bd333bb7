package io.gantry.spi.runtime;

import io.gantry.api.Typed;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that starts more processes in a running container. Implemented by the object that is the {@link Runtime}; threads, deadlines
 * and durability are as there.
 *
 * <h2>Life, in order</h2>
 * {@code exec → start → (signal, resize …)* → the process ends → state → delete}. {@link Runtime#start}, {@code signal}, {@code state} and
 * {@code delete} take its id.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-9</b> The process MUST run in the root file system and the namespaces of its container, with streams of its own. T-2, T-3,
 *     T-5, T-7 and T-18 hold for it too. Its {@code delete} MUST leave the container as it is; that of the container MUST remove it as
 * well.
 * <li><b>T-10</b> {@code exec} of an id that the container has, in whatever state, MUST be AlreadyExistsException, in a container that has
 *     ended ConflictException, in an unknown one NotFoundException. Such a call MUST NOT change anything.
 * </ul>
 */
@ConsumerType
public interface Exec {
  /**
   * Adds a process, which {@link Runtime#start} then starts.
   *
   * @param id with an exec part
   * @param process the {@code process} part of an OCI runtime document, as JSON bytes
   * @param stdio its streams; {@code terminal} is as in {@code process}
   * @throws io.gantry.api.AlreadyExistsException the container has a process of that id (T-10)
   * @throws io.gantry.api.ConflictException the container has ended, or is paused
   * @throws io.gantry.api.NotFoundException there is no such container; where the driver looks at the command here, it is not there (T-7)
   * @throws io.gantry.api.DeniedException where the driver looks at the command here, it cannot be executed (T-7)
   */
  void exec(TaskId id, Typed process, Stdio stdio) throws IOException;
}
