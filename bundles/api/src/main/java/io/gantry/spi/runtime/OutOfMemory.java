package io.gantry.spi.runtime;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that counts what the kernel kills for want of memory. Implemented by the object that is the {@link Runtime}; threads, deadlines
 * and durability are as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-22</b> {@code killed} MUST count each process of the container that the kernel has killed for want of memory, those added by
 *     {@link Exec} and children of any depth too, and nothing that ended otherwise. A kill MUST be counted once {@code state} tells the end
 *     of the process, and stay so until {@code delete}, over restarts of driver and manager; an unknown id MUST be NotFoundException.
 *     Where the keeper died before anybody asked, the count MAY be lost.
 * </ul>
 */
@ConsumerType
public interface OutOfMemory {
  /**
   * How many of its processes were killed since it was created. Core asks for it every few seconds, at each end, and some times in the
   * second after the kernel said that the memory of its cgroup is out.
   *
   * @param container its id, without an exec part
   * @return at least what was answered before (T-22); 0 where the kernel limits no memory
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  long killed(TaskId container) throws IOException;
}
