package io.gantry.service.task;

import io.gantry.api.Mount;
import io.gantry.api.Typed;
import io.gantry.spi.runtime.Stdio;
import java.util.List;
import java.util.Optional;

/**
 * A task to make of a container that has its record.
 *
 * @param container its id
 * @param rootfs mounts that make its root file system, used as they are; empty where the spec names an absolute root folder
 * @param stdio as {@link TaskProcesses} takes them
 * @param options of the runtime, over those of the record
 */
public record TaskRequest(String container, List<Mount> rootfs, Stdio stdio, Optional<Typed> options) {
  public TaskRequest {
    rootfs = List.copyOf(rootfs);
  }
}
