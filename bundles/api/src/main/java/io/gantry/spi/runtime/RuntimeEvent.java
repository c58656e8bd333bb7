package io.gantry.spi.runtime;

import java.time.Instant;

/**
 * Something a runtime noticed; a hint only, {@link Runtime#state} is the truth.
 *
 * @param sequence rises by at least one per event of one driver instance
 * @param topic e.g. {@code /tasks/oom}
 */
public record RuntimeEvent(long sequence, Instant at, TaskId id, String topic) {}
