package io.gantry.service.task;

import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskState.Exit;
import io.gantry.spi.runtime.TaskState.Status;
import java.util.Optional;

/**
 * A process and how it is.
 *
 * @param ref which
 * @param status how it is; UNKNOWN where its runtime cannot be asked
 * @param pid on the host, also once it has ended; 0 where it has none yet
 * @param exit how it ended, where it has
 * @param stdio its streams as they were given
 */
public record TaskProcess(ProcessRef ref, Status status, long pid, Optional<Exit> exit, Stdio stdio) {}
