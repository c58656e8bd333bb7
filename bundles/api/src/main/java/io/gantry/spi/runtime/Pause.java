package io.gantry.spi.runtime;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that freezes containers. Implemented by the object that is the {@link Runtime}; threads, deadlines and durability are as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-13</b> After {@code pause} answered, a process of the container MUST NOT run on, and {@code state} MUST say {@code PAUSED},
 * until {@code
 *     resume}, perhaps of another instance; then all go on where they were. {@code delete} of a paused one MUST be ConflictException.
 * <li><b>T-14</b> {@code pause} of what does not run, or is paused, and {@code resume} of what is not paused MUST be ConflictException and
 *     change nothing; an unknown id MUST be NotFoundException.
 * </ul>
 */
@ConsumerType
public interface Pause {
  /**
   * Freezes all processes of a container.
   *
   * @param container its id, without an exec part
   * @throws io.gantry.api.ConflictException it does not run, or is paused already (T-14)
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  void pause(TaskId container) throws IOException;

  /**
   * Lets all processes of a container go on.
   *
   * @param container its id, without an exec part
   * @throws io.gantry.api.ConflictException it is not paused (T-14)
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  void resume(TaskId container) throws IOException;
}
