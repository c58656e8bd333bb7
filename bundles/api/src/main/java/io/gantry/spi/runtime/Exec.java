package io.gantry.spi.runtime;

import io.gantry.api.Typed;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** A runtime that starts more processes in a running container. */
@ConsumerType
public interface Exec {
  /**
   * Makes a process, which {@link Runtime#start} then starts.
   *
   * @param id with an exec part
   * @param process the {@code process} part of an OCI runtime document, as JSON bytes
   */
  void exec(TaskId id, Typed process, Stdio stdio) throws IOException;
}
