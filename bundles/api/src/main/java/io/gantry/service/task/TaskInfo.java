package io.gantry.service.task;

import io.gantry.service.record.Container;
import io.gantry.spi.runtime.TaskState;
import java.time.Instant;
import java.util.Optional;

/**
 * A container and how it is.
 *
 * @param container the record
 * @param state of its first process; empty where it has no task
 * @param started when it was started
 * @param why in words, where the state is not to be had (driver absent, half made, a row that cannot be read)
 */
public record TaskInfo(Container container, Optional<TaskState> state, Optional<Instant> started, String why) {}
