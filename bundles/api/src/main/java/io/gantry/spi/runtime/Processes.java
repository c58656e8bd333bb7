package io.gantry.spi.runtime;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** A runtime that lists the processes of a container. */
@ConsumerType
public interface Processes {
  /** Their pids on the host. */
  List<Long> pids(TaskId container) throws IOException;
}
