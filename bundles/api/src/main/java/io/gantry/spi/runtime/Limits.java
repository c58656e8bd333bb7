package io.gantry.spi.runtime;

import io.gantry.api.Typed;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that changes how much a running container may use. Implemented by the object that is the {@link Runtime}; threads, deadlines
 * and durability are as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-19</b> When {@code update} has answered, the kernel MUST hold all processes of the container to what the document tells, those
 *     added by {@link Exec} too, also after another instance took over. What the document does not tell MUST stay as it was.
 * <li><b>T-20</b> {@code update} of what has ended MUST be ConflictException, of an unknown id NotFoundException, with a document that is
 *     none InvalidException. Such a call MUST NOT change anything.
 * </ul>
 */
@ConsumerType
public interface Limits {
  /**
   * Changes the limits of a container that was created and has not ended.
   *
   * @param container its id, without an exec part
   * @param resources the {@code linux.resources} part of an OCI runtime document, as JSON bytes
   * @throws io.gantry.api.InvalidException it is no such document, or the kernel refuses a value (T-20)
   * @throws io.gantry.api.ConflictException the container has ended (T-20)
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  void update(TaskId container, Typed resources) throws IOException;
}
