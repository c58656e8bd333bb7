package io.gantry.spi.runtime;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that keeps a container in an OCI bundle, which users look into. Implemented by the object that is the {@link Runtime}; threads,
 * deadlines and durability are as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-23</b> From {@code create} to {@code delete} {@code bundle} MUST be one and the same absolute path, of a folder below {@link
 *     io.gantry.api.DriverContext#state} that is the container's alone and has the document as {@code config.json}; before and afterwards
 *     it MUST be NotFoundException.
 * </ul>
 */
@ConsumerType
public interface Bundle {
  /**
   * The folder of a container's bundle; whoever gets it reads there, and changes nothing.
   *
   * @param container its id, without an exec part
   * @throws io.gantry.api.NotFoundException there is no such container
   */
  Path bundle(TaskId container) throws IOException;
}
