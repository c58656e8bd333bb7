package io.gantry.spi.runtime;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that lists the processes of a container. Implemented by the object that is the {@link Runtime}; threads, deadlines and
 * durability are as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-15</b> {@code pids} of a container that runs MUST have each of its processes exactly once, those added by {@link Exec} and
 *     children of any depth too, and none of others; of one that has ended it MUST be empty, of an unknown one NotFoundException.
 * </ul>
 */
@ConsumerType
public interface Processes {
  /**
   * The processes of a container at this moment (T-15); some may have ended when the caller looks.
   *
   * @param container its id, without an exec part
   * @return pids on the host, in no order
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  List<Long> pids(TaskId container) throws IOException;
}
