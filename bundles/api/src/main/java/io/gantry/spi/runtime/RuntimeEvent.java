package io.gantry.spi.runtime;

import java.time.Instant;

/**
 * Something a runtime noticed; a hint only, {@link Runtime#state} is the truth.
 *
 * @param sequence rises by at least one per event of one activation, from 1; another activation begins anew
 * @param at when it was noticed
 * @param id which process
 * @param topic e.g. {@code /tasks/oom}
 */
public record RuntimeEvent(long sequence, Instant at, TaskId id, String topic) {}
