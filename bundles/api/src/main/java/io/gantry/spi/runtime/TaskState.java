package io.gantry.spi.runtime;

import java.time.Instant;
import java.util.Optional;

/**
 * How a process is.
 *
 * @param id which
 * @param status how it is
 * @param pid on the host; 0 where there is none (yet, or any more)
 * @param exit how it ended, where it has
 * @param stdio its streams
 */
public record TaskState(TaskId id, Status status, long pid, Optional<Exit> exit, Stdio stdio) {
  /** The states of the field. */
  public enum Status { CREATED, RUNNING, PAUSED, STOPPED, UNKNOWN }

  /**
   * How a process ended.
   *
   * @param code 0 to 255: what it exited with, or 128 + the signal that ended it; 137 where its keeper died (T-5). A process may exit with
   *     any of these itself. Core writes down 255 on its own where a driver no longer knows of a process that ran, or
   *     tells the pid of one that was started at another time
   * @param at when
   */
  public record Exit(int code, Instant at) {}
}
