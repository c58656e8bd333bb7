package io.gantry.spi.runtime;

import io.gantry.api.Typed;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that tells what a container uses. Implemented by the object that is the {@link Runtime}; threads, deadlines and durability are
 * as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-21</b> {@code stats} of a container that runs MUST tell what it alone has used until this moment, under the name of a type, and
 *     the same of another instance but for what was used meanwhile. An unknown id MUST be NotFoundException.
 * </ul>
 */
@ConsumerType
public interface Stats {
  /**
   * What a container uses at this moment.
   *
   * @param container its id, without an exec part
   * @return opaque to core; {@code io.containerd.cgroups.v1.Metrics} or {@code v2} where the driver has no form of its own
   * @throws io.gantry.api.NotFoundException there is no such container
   * @throws io.gantry.api.ConflictException it has ended, and the driver tells nothing of it any more
   */
  Typed stats(TaskId container) throws IOException;
}
