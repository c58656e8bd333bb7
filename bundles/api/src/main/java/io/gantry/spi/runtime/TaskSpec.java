package io.gantry.spi.runtime;

import io.gantry.api.Mount;
import io.gantry.api.Typed;
import java.util.List;
import java.util.Optional;

/**
 * What a runtime needs to make a container.
 *
 * @param id of the container; the exec part is empty
 * @param spec the OCI runtime document, as JSON bytes
 * @param rootfs mounts that make the root file system; the runtime mounts and unmounts them
 * @param stdio of the first process
 * @param options of the runtime, opaque to core
 */
public record TaskSpec(TaskId id, Typed spec, List<Mount> rootfs, Stdio stdio, Optional<Typed> options) {
  public TaskSpec {
    rootfs = List.copyOf(rootfs);
  }
}
